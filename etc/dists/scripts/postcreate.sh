# POST_CREATE: a fresh root file system, before the first start. Runs as the container's root with the container's root
# directory; no network, no /proc.

# An empty password would let anybody in.
for file in /etc/shadow /etc/passwd; do
	if grep -q '^root::' "$file" 2>/dev/null; then
		change_file "$file" sed 's/^root::/root:!!:/'
		break
	fi
done

add_line() { change_file /etc/hosts env LINE="$2" PATTERN="$1" awk '
	$1 == ENVIRON["PATTERN"] { found = 1 } { print } END { if (!found) print ENVIRON["LINE"] }'; }
add_line 127.0.0.1 "127.0.0.1 localhost"
add_line ::1 "::1 localhost ip6-localhost ip6-loopback"
[ -e /etc/resolv.conf ] || [ -L /etc/resolv.conf ] || : >/etc/resolv.conf

# Every container has its own identity, made at its first start.
if [ -s /etc/machine-id ]; then
	: >/etc/machine-id
fi

# Not all containers of a host are to work at the same minute.
if [ -f /etc/crontab ] && ! grep -q VZCTL_POSTCREATE_SKIP /etc/crontab; then
	change_file /etc/crontab awk -v seed="$(od -An -N2 -tu2 /dev/urandom 2>/dev/null || date +%s)" '
		BEGIN { srand(seed + 0) }
		/^[0-9]+[ \t]+[0-9*]/ { sub(/^[0-9]+/, int(rand() * 60)) }
		{ print }'
fi
exit 0
