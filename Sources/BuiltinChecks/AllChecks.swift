package import CheckKit

/// Every check, in the order of the catalogue. One line each.
package let allChecks: [Check] = [
  icmp4FragNeededBlocked,
  icmp4FragNeededEgressBlocked,
  icmp6PacketTooBigBlocked,
  icmp6EssentialErrorsBlocked,
  icmp6NormalErrorsBlocked,
  icmp4UnreachTimeExceededBlocked,
  icmpBlanketDrop,
  icmpRelatedTooWide,
  icmp4SourceQuenchAccepted,
  icmp4RedirectAccepted,
  icmpDeprecatedTypesAccepted,
  icmp4RouterDiscoveryAccepted,
  icmpEchoReplyStateless,
  icmp6EchoBlocked,
  icmpCodeWithoutType,
  icmp6NdBlocked,
  icmp6NdSourceRestricted,
  icmp6MldBlocked,
  ipv6Unfiltered,
  ident113Drop,
  rejectOfInvalid,
  egressDropNotReject,
  ecnSynNotAccepted,
]
