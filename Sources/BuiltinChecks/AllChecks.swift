package import CheckKit

/// Every check, in the order of the catalogue. One line each.
package let allChecks: [Check] = []
