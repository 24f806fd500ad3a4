# POST_CREATE: a fresh root file system, before the first start. Runs as the container's root with the container's root
# directory; no network, no /proc.

# An empty password would let anybody in.
if grep -q '^root::' /etc/shadow 2>/dev/null; then
	sed 's/^root::/root:!!:/' /etc/shadow >/etc/shadow.vz-put && replace_file /etc/shadow </etc/shadow.vz-put
	rm -f /etc/shadow.vz-put
elif grep -q '^root::' /etc/passwd 2>/dev/null; then
	sed 's/^root::/root:!!:/' /etc/passwd >/etc/passwd.vz-put && replace_file /etc/passwd </etc/passwd.vz-put
	rm -f /etc/passwd.vz-put
fi

[ -f /etc/hosts ] || : >/etc/hosts
grep -q '^127\.0\.0\.1[[:space:]]' /etc/hosts || echo "127.0.0.1 localhost" >>/etc/hosts
grep -q '^::1[[:space:]]' /etc/hosts || echo "::1 localhost ip6-localhost ip6-loopback" >>/etc/hosts
[ -e /etc/resolv.conf ] || [ -L /etc/resolv.conf ] || : >/etc/resolv.conf

# Every container has its own identity, made at its first start.
if [ -s /etc/machine-id ]; then
	: >/etc/machine-id
fi

# Not all containers of a host are to work at the same minute.
if [ -f /etc/crontab ] && ! grep -q VZCTL_POSTCREATE_SKIP /etc/crontab; then
	awk -v seed="$(od -An -N2 -tu2 /dev/urandom 2>/dev/null || date +%s)" '
		BEGIN { srand(seed + 0) }
		/^[0-9]+[ \t]+[0-9*]/ { sub(/^[0-9]+/, int(rand() * 60)) }
		{ print }' /etc/crontab >/etc/crontab.vz-put && replace_file /etc/crontab </etc/crontab.vz-put
	rm -f /etc/crontab.vz-put
fi
exit 0
