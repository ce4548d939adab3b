/// Names of RPC programs, as rpc(5) files list them.
enum RPCPrograms {
  struct Program: Sendable {
    var number: UInt32
    var name: String
    var purpose: String
    init(_ number: UInt32, _ name: String, _ purpose: String) {
      self.number = number
      self.name = name
      self.purpose = purpose
    }
  }

  /// Ordered by number; the FAQ's own programs have facts of their own and stand here for their names.
  static let all: [Program] = [
    Program(100000, "portmapper", "The portmapper itself (rpcbind): tells at which ports the others listen."),
    Program(100001, "rstatd", "Load and traffic of a host."),
    Program(100002, "rusersd", "Who is logged in."),
    Program(100003, "nfs", "The NFS server."),
    Program(100004, "ypserv", "The NIS (yellow pages) server: password and host tables."),
    Program(100005, "mountd", "Mounts NFS file systems."),
    Program(100007, "ypbind", "Finds the NIS server for a client."),
    Program(100008, "walld", "Writes a message on every terminal."),
    Program(100009, "yppasswdd", "Changes NIS passwords."),
    Program(100011, "rquotad", "Disk quotas of NFS users."),
    Program(100012, "sprayd", "Receives packets to measure a network."),
    Program(100017, "rexd", "Runs commands from afar, with hardly any check of who asks."),
    Program(100020, "llockmgr", "An old lock manager."),
    Program(100021, "nlockmgr", "The NFS lock manager."),
    Program(
      100024, "status", "rpc.statd, which tells NFS lock holders of a restart; it had overflows on Linux in 2000."),
    Program(100026, "bootparam", "Boot parameters of diskless clients."),
    Program(100028, "ypupdated", "Updates NIS maps."),
    Program(100068, "cmsd", "The CDE calendar manager."),
    Program(100069, "ypxfrd", "Transfers NIS maps."),
    Program(100083, "ttdbserverd", "The ToolTalk database."),
    Program(100133, "nsm_addrand", "Solaris' status monitor for lock holders."),
    Program(100227, "nfs_acl", "Access control lists of NFS."),
    Program(100232, "sadmind", "Solstice AdminSuite."),
    Program(100249, "snmpxdmid", "Maps SNMP to DMI on Solaris."),
    Program(150001, "pcnfsd", "Logins and printing for PCs over NFS."),
    Program(300019, "amd", "The Berkeley automounter."),
    Program(391002, "sgi_fam", "Reports changes of files (fam)."),
    Program(200100001, "netinfobind", "NetInfo of NeXT."),
  ]

  static let names: [String] = all.map(\.name)

  static func named(_ name: String) -> UInt32? {
    let aliases = ["rpcbind": "portmapper", "statd": "status", "lockd": "nlockmgr", "nfsd": "nfs", "cmsd": "cmsd"]
    let wanted = aliases[name] ?? name
    return all.first { $0.name == wanted }?.number
  }

  /// What is said of a program that the FAQ does not speak of.
  static func topic(_ number: UInt32) -> Topic {
    let known = all.first { $0.number == number }
    let range: String
    switch number {
    case 0...0x1fff_ffff: range = "a number from the range that Sun (now IANA) assigns"
    case 0x2000_0000...0x3fff_ffff: range = "a number from the range that sites choose for themselves"
    case 0x4000_0000...0x5fff_ffff: range = "a number from the range of programs that pick one for a short time"
    default: range = "a number from a reserved range"
    }
    return Topic(
      id: "rpc-\(number)", subject: "rpc \(number)" + (known.map { " (\($0.name))" } ?? ""),
      meaning: known.map(\.purpose) ?? "No program known here has this number; it is \(range).",
      advice: "RPC services belong on the LAN: block 111 and the services' own ports from outside.",
      today: known == nil
        ? "Holds: RFC 5531 divides the numbers so; `rpcinfo -p` on the host names its programs."
        : "Holds where the service still runs: most of RPC but NFS has left.", checks: ["EXPOSE002"])
  }
}
