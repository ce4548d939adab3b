#!/usr/bin/env python3
"""Makes slow connections with real packets in network namespaces of their own and measures them.

scenarios.py list                         names, one a line
scenarios.py run NAME RULES.nft [K=V...]  loads the rules into the gateway (or host) of the scenario, sets sysctls there,
                                          makes the connections, prints one JSON object: seconds waited, what became of
                                          it, and the kernel's log lines
scenarios.py rules NAME                   the faulty rules of a scenario

Needs root, nft and ip. The host's own rules, addresses and names are not touched; the one switch outside the namespaces
is net.netfilter.nf_log_all_netns, without which the kernel logs nothing there. It stays on, since several scenarios may
run at once: who starts them puts it back.
"""
import json, os, socket, struct, subprocess, sys, threading, time, select, ctypes

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TAG = "W%05d" % (os.getpid() % 100000)
# What is to be set in the place with the rules, beside or instead of what the scenario sets.
GIVEN = dict(word.split("=", 1) for word in sys.argv[4:])


def sh(*words, check=True, **more):
    return subprocess.run(words, check=check, capture_output=True, text=True, **more)


class Net:
    """A network namespace."""

    all = []

    def __init__(self, name):
        self.name = f"{TAG}{name}"
        sh("ip", "netns", "add", self.name)
        Net.all.append(self)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words):
        return sh("ip", "-n", self.name, *words)

    def sysctl(self, **values):
        for key, value in values.items():
            path = key.replace("__", "/")
            self.sh("sh", "-c", f"echo {value} > /proc/sys/{path}")

    def sh(self, *words, **more):
        return sh("ip", "netns", "exec", self.name, *words, **more)

    def address(self, device, *addresses):
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            self.ip("addr", "add", address, "dev", device, *extra)

    def enter(self):
        """Moves the calling thread into the namespace."""
        fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)

    def thread(self, work, *arguments):
        def run():
            self.enter()
            try:
                work(*arguments)
            except OSError:
                pass
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def call(self, work, *arguments):
        """Runs `work` in the namespace and gives its result."""
        box = []
        def run():
            self.enter()
            box.append(work(*arguments))
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return box[0]


def link(a, name_a, b, name_b):
    sh("ip", "-n", a.name, "link", "add", name_a, "type", "veth", "peer", "name", name_b, "netns", b.name)
    for net, name in ((a, name_a), (b, name_b)):
        # No offload: packets are what the wire would carry.
        net.sh("ethtool", "-K", name, "tso", "off", "gso", "off", "gro", "off", check=False) if has("ethtool") else None
        net.ip("link", "set", name, "up")


def has(program):
    return any(os.access(f"{folder}/{program}", os.X_OK) for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/bin"))


def quick(net):
    """Short waits: two tries, one and two seconds, so that connect(2) fails after three."""
    net.sysctl(net__ipv4__tcp_syn_retries=1, net__ipv4__tcp_syn_linear_timeouts=0)


def ready(*nets):
    """Addresses of links to come are of use at once. While the kernel looks for duplicates of a link-local address,
    neighbours are not found; the first handshake then takes more than a second, the kernel remembers that round trip for
    the destination (ip-tcp_metrics(8)), and retransmissions of all later connections start at three times as much."""
    for net in nets:
        net.sysctl(net__ipv6__conf__default__accept_dad=0)


# --- servers and clients

def serve(family, address, port, answer, kind=socket.SOCK_STREAM):
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    if kind == socket.SOCK_STREAM:
        listener.listen(16)
        while True:
            client, peer = listener.accept()
            threading.Thread(target=answer, args=(client, peer), daemon=True).start()
    while True:
        data, peer = listener.recvfrom(4096)
        answer(listener, peer, data)


def close(client, peer):
    client.close()


def connect(family, address, port, source_port=None, timeout=None):
    """Seconds until connect(2) ended, and how."""
    client = socket.socket(family, socket.SOCK_STREAM)
    if source_port:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("", source_port))
    if timeout:
        client.settimeout(timeout)
    start = time.monotonic()
    try:
        client.connect((address, port))
        how = "connected"
    except OSError as error:
        how = os.strerror(error.errno) if error.errno else "timed out"
    client.close()
    return time.monotonic() - start, how


# --- the places

def host_and_server():
    """A host with the rules, and a server that it uses."""
    host, server = Net("h"), Net("s")
    link(host, "wan0", server, "eth0")
    host.address("wan0", "198.51.100.7/24", "2001:db8:7::7/64")
    server.address("eth0", "198.51.100.25/24", "2001:db8:7::25/64")
    quick(host)
    return host, server


def gateway(mtu_behind=None):
    """client - gateway with the rules - server; with an MTU: a router with a narrow link between the last two."""
    client, gate, server = Net("c"), Net("g"), Net("s")
    ready(client, gate, server)
    link(client, "eth0", gate, "lan0")
    client.address("eth0", "10.77.1.2/24", "fd77:1::2/64")
    gate.address("lan0", "10.77.1.1/24", "fd77:1::1/64")
    far = "203.0.113.80/24", "2001:db8:80::80/64"
    if mtu_behind is None:
        link(gate, "wan0", server, "eth0")
        gate.address("wan0", "203.0.113.1/24", "2001:db8:80::1/64")
    else:
        router = Net("r")
        ready(router)
        link(gate, "wan0", router, "eth0")
        link(router, "eth1", server, "eth0")
        gate.address("wan0", "198.51.100.1/24", "2001:db8:99::1/64")
        router.address("eth0", "198.51.100.9/24", "2001:db8:99::9/64")
        router.address("eth1", "203.0.113.1/24", "2001:db8:80::1/64")
        # The server does not know that its link is narrow for the router: a tunnel, or PPPoE behind it.
        router.ip("link", "set", "eth1", "mtu", str(mtu_behind))
        router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        for family, prefix, net in (("-4", "10.77.1.0/24", "198.51.100."), ("-6", "fd77:1::/64", "2001:db8:99::")):
            router.ip(family, "route", "add", prefix, "via", net + "1")
            gate.ip(family, "route", "add", "default", "via", net + "9")
    server.address("eth0", *far)
    server.ip("route", "add", "default", "via", "203.0.113.1")
    server.ip("-6", "route", "add", "default", "via", "2001:db8:80::1")
    client.ip("route", "add", "default", "via", "10.77.1.1")
    client.ip("-6", "route", "add", "default", "via", "fd77:1::1")
    gate.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
    quick(client)
    return client, gate, server


# --- the scenarios: (rules, function of a loader that gives (seconds, how))

SCENARIOS = {}


def scenario(rules, sysctl=""):
    def add(work):
        SCENARIOS[work.__name__.replace("_", "-")] = (rules.strip() + "\n", work, sysctl)
        return work
    return add


QUICK = "net.ipv4.tcp_syn_retries = 1\nnet.ipv4.tcp_syn_linear_timeouts = 0\n"

HOST = """
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname "lo" accept
		icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
		tcp dport 22 accept
		log prefix "in-drop: "
	}
}
"""

GATE = """
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
%s
		log prefix "fwd-drop: "
	}
}
"""


def mail(host, server, wait):
    """The mail server asks who the user is, waits at most `wait` seconds, and greets then."""
    def greet(client, peer):
        asked = socket.socket()
        asked.settimeout(wait)
        try:
            asked.connect((peer[0], 113))
        except OSError:
            pass
        asked.close()
        client.sendall(b"220 mx ready\r\n")
    server.thread(serve, socket.AF_INET, "", 25, greet)
    time.sleep(0.3)
    def deliver():
        start = time.monotonic()
        client = socket.create_connection(("198.51.100.25", 25))
        greeting = client.recv(100)
        return time.monotonic() - start, "greeted" if greeting else "closed"
    return host.call(deliver)


@scenario(HOST)
def ident_dropped(load):
    host, server = host_and_server()
    load(host)
    return mail(host, server, 5)


@scenario("""
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		tcp dport 113 reject with tcp reset
	}
	chain output {
		type filter hook output priority filter; policy drop;
		ct state established,new accept
		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } accept
		log prefix "out-drop: "
	}
}
""")
def ident_reset_lost(load):
    host, server = host_and_server()
    load(host)
    return mail(host, server, 5)


def transfer(client, server, family, address):
    received = [0]
    def take(connection, peer):
        while True:
            data = connection.recv(65536)
            if not data:
                break
            received[0] += len(data)
    server.thread(serve, family, "", 80, take)
    time.sleep(0.3)
    def send():
        # A first connection finds the neighbours, so that round trips are short.
        connect(family, address, 80)
        time.sleep(0.2)
        connection = socket.socket(family)
        connection.connect((address, 80))
        start = time.monotonic()
        try:
            connection.sendall(b"x" * 300_000)
            connection.shutdown(socket.SHUT_WR)
            while received[0] < 300_000:
                time.sleep(0.02)
                if select.select([], [], [connection], 0)[2] or time.monotonic() - start > 20:
                    break
                error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    raise OSError(error, os.strerror(error))
            how = "arrived" if received[0] >= 300_000 else "stalled"
        except OSError as error:
            how = "stalled"
        return time.monotonic() - start, how
    client.sysctl(net__ipv4__tcp_retries2=5, net__ipv4__tcp_mtu_probing=0)
    return client.call(send)


WEB = """		ct state established accept
		iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept"""


@scenario(GATE % WEB, "net.ipv4.tcp_retries2 = 5\n")
def path_mtu_v4(load):
    client, gate, server = gateway(1300)
    load(gate)
    return transfer(client, server, socket.AF_INET, "203.0.113.80")


@scenario(GATE % WEB, "net.ipv4.tcp_retries2 = 5\n")
def path_mtu_v6(load):
    client, gate, server = gateway(1300)
    load(gate)
    return transfer(client, server, socket.AF_INET6, "2001:db8:80::80")


@scenario(GATE % """		ct state established,related accept
		iifname "lan0" oifname "wan0" udp dport 53 accept""", QUICK)
def dns_tcp_blocked(load):
    client, gate, server = gateway()
    def short(listener, peer, data):
        # Truncated: ask again over TCP.
        listener.sendto(data[:2] + b"\x87\x80" + data[4:], peer)
    server.thread(serve, socket.AF_INET, "", 53, short, socket.SOCK_DGRAM)
    server.thread(serve, socket.AF_INET, "", 53, close)
    load(gate)
    time.sleep(0.3)
    def ask():
        start = time.monotonic()
        question = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        question.settimeout(5)
        question.sendto(b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x03big\x04test\x00\x00\x10\x00\x01", ("203.0.113.80", 53))
        question.recv(512)
        _, how = connect(socket.AF_INET, "203.0.113.80", 53)
        return time.monotonic() - start, how
    return client.call(ask)


@scenario(HOST.replace("\t\ticmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\n", ""))
def neighbour_discovery_blocked(load):
    host, server = host_and_server()
    host.sysctl(net__ipv4__tcp_syn_retries=6)
    server.thread(serve, socket.AF_INET6, "", 80, close)
    load(host)
    time.sleep(0.3)
    return host.call(connect, socket.AF_INET6, "2001:db8:7::25", 80)


def fill(room):
    """Fills the namespace's connection table over ctnetlink with assured TCP flows, which are not evicted."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    sock.bind((0, 0))
    def attribute(kind, data, nested=False):
        size = len(data) + 4
        return struct.pack("HH", size, kind | (0x8000 if nested else 0)) + data + bytes(-size % 4)
    def flow(number):
        a, b = struct.pack("!I", 0x0A000000 + (number >> 14)), bytes([10, 255, 0, 1])
        sport, dport = struct.pack("!H", 1024 + (number & 0x3FFF)), struct.pack("!H", 80)
        def tuple_(kind, src, dst, sp, dp):
            addresses = attribute(1, attribute(1, src) + attribute(2, dst), True)
            proto = attribute(2, attribute(1, b"\x06") + attribute(2, sp) + attribute(3, dp), True)
            return attribute(kind, addresses + proto, True)
        body = struct.pack("BBH", socket.AF_INET, 0, 0)
        body += tuple_(1, a, b, sport, dport) + tuple_(2, b, a, dport, sport)
        body += attribute(3, struct.pack("!I", 0x0E)) + attribute(7, struct.pack("!I", 600))
        body += attribute(4, attribute(1, attribute(1, b"\x03"), True), True)
        return struct.pack("IHHII", len(body) + 16, 1 << 8, 0x1 | 0x400, number, 0) + body
    first = flow(0)
    batch = []
    for number in range(room):
        batch.append(flow(number))
        if len(batch) == 400:
            sock.send(b"".join(batch))
            batch = []
    if batch:
        sock.send(b"".join(batch))
    sock.close()


@scenario(GATE % """		ct state established,related accept
		iifname "lan0" oifname "wan0" accept""", QUICK)
def conntrack_full(load):
    client, gate, server = gateway()
    server.thread(serve, socket.AF_INET, "", 80, close)
    load(gate)
    room = int(open("/proc/sys/net/netfilter/nf_conntrack_max").read())
    if room > 600_000:
        return None, "nf_conntrack_max is too large to be filled"
    # The limit is the kernel's own and cannot be raised here: a table with more room is one that is filled less.
    more = int(GIVEN.get("net.netfilter.nf_conntrack_max", 0)) >= 2 * room
    gate.call(fill, room // 2 if more else room + 5000)
    return client.call(connect, socket.AF_INET, "203.0.113.80", 80)


@scenario(GATE % """		ct state established,related accept
		ct state invalid log prefix "fwd-invalid: " drop
		iifname "lan0" oifname "wan0" accept""", QUICK)
def asymmetric_route(load):
    client, gate, server = gateway()
    # The way out does not lead through the gateway, the way back does.
    link(client, "eth1", server, "eth1")
    client.address("eth1", "192.0.2.1/24")
    server.address("eth1", "192.0.2.2/24")
    client.ip("route", "add", "203.0.113.80/32", "via", "192.0.2.2", "src", "10.77.1.2")
    for net in (client, server):
        for device in ("all", "eth0", "eth1"):
            net.sh("sh", "-c", f"echo 0 > /proc/sys/net/ipv4/conf/{device}/rp_filter")
    server.thread(serve, socket.AF_INET, "", 80, close)
    load(gate)
    time.sleep(0.3)
    results = []
    threads = [client.thread(lambda: results.append(connect(socket.AF_INET, "203.0.113.80", 80))) for _ in range(6)]
    for thread in threads:
        thread.join()
    return max(results)


@scenario(HOST.replace("\t\tct state established,related accept\n", ""), QUICK)
def established_missing(load):
    host, server = host_and_server()
    server.thread(serve, socket.AF_INET, "", 80, close)
    load(host)
    time.sleep(0.3)
    return host.call(connect, socket.AF_INET, "198.51.100.25", 80)


@scenario(HOST, "net.netfilter.nf_conntrack_udp_timeout = 1\n")
def late_udp_answers(load):
    host, server = host_and_server()
    def slow(listener, peer, data):
        def later():
            time.sleep(2.5)
            listener.sendto(data, peer)
        threading.Thread(target=later, daemon=True).start()
    server.thread(serve, socket.AF_INET, "", 53, slow, socket.SOCK_DGRAM)
    load(host)
    # The tracker keeps an entry for one second only.
    host.sysctl(net__netfilter__nf_conntrack_udp_timeout=GIVEN.get("net.netfilter.nf_conntrack_udp_timeout", 1))
    time.sleep(0.3)
    def resolve():
        start = time.monotonic()
        for _ in range(2):
            question = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            question.settimeout(5)
            question.sendto(b"\x12\x34question", ("198.51.100.25", 53))
            try:
                question.recv(512)
                return time.monotonic() - start, "answered"
            except OSError:
                pass
        return time.monotonic() - start, "timed out"
    return host.call(resolve)


@scenario(GATE % """		ct state established,related accept
		tcp sport 0-1023 log prefix "low-sport: " drop
		iifname "lan0" oifname "wan0" tcp dport 80 accept""", QUICK)
def source_port_filter(load):
    client, gate, server = gateway()
    server.thread(serve, socket.AF_INET, "", 80, close)
    load(gate)
    time.sleep(0.3)
    return client.call(connect, socket.AF_INET, "203.0.113.80", 80, 700)


@scenario(GATE % """		ct state established,related accept
		iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept""")
def dns_blocked(load):
    client, gate, server = gateway()
    def answer(listener, peer, data):
        listener.sendto(data, peer)
    server.thread(serve, socket.AF_INET, "", 53, answer, socket.SOCK_DGRAM)
    load(gate)
    time.sleep(0.3)
    def resolve():
        start = time.monotonic()
        for _ in range(2):
            question = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            question.settimeout(5)
            question.sendto(b"\x12\x34question", ("203.0.113.80", 53))
            try:
                question.recv(512)
                return time.monotonic() - start, "answered"
            except OSError:
                pass
        return time.monotonic() - start, "timed out"
    return client.call(resolve)


@scenario(HOST.replace('\t\tiifname "lo" accept\n', ""), QUICK)
def loopback_blocked(load):
    host, server = host_and_server()
    host.thread(serve, socket.AF_INET, "127.0.0.1", 5432, close)
    load(host)
    time.sleep(0.3)
    return host.call(connect, socket.AF_INET, "127.0.0.1", 5432)


# --- running one

def log_lines(mark):
    text = sh("dmesg").stdout
    start = text.rfind(mark)
    if start < 0:
        return None
    own = []
    inodes = [os.stat(f"/run/netns/{net.name}").st_ino for net in Net.all]
    for line in text[start:].splitlines()[1:]:
        if TAG in line:
            own.append(line.replace(TAG, ""))
        elif "nf_conntrack: table full" in line and any(f"netns {inode}," in line for inode in inodes):
            own.append(line)
    return own


def run(name, rules):
    switch = "/proc/sys/net/netfilter/nf_log_all_netns"
    if os.path.exists(switch) and open(switch).read().strip() == "0":
        with open(switch, "w") as file:
            file.write("1\n")
    mark = f"fwlint scenario {TAG}"
    with open("/dev/kmsg", "w") as file:
        file.write(mark + "\n")
    def load(net):
        # The prefix tells these lines from those of other namespaces; it is taken out again.
        marked = rules.replace('log prefix "', f'log prefix "{TAG}')
        net.sh("nft", "-f", "-", input=marked)
    seconds, how = SCENARIOS[name][1](load)
    lines = log_lines(mark)
    return {"seconds": seconds, "how": how, "log": lines}


def main():
    if sys.argv[1] == "list":
        print("\n".join(SCENARIOS))
    elif sys.argv[1] in ("rules", "sysctl"):
        print(SCENARIOS[sys.argv[2]][0 if sys.argv[1] == "rules" else 2], end="")
    else:
        try:
            print(json.dumps(run(sys.argv[2], open(sys.argv[3]).read())))
        finally:
            for net in Net.all:
                sh("ip", "netns", "del", net.name, check=False)
        sys.stdout.flush()
        os._exit(0)


main()
