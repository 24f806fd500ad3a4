# SET_DNS: NAMESERVER, SEARCHDOMAIN (blank separated, each optional). What is not given stays as it is.

FILE=/etc/resolv.conf
RESOLVED=/etc/systemd/resolved.conf.d/vz.conf
NETCONFIG=/etc/sysconfig/network/config

resolv_conf() {
	if [ -n "$SEARCHDOMAIN" ]; then
		echo "search $SEARCHDOMAIN"
	else
		grep -E '^[[:space:]]*(search|domain)[[:space:]]' "$FILE" 2>/dev/null
	fi
	if [ -n "$NAMESERVER" ]; then
		for server in $NAMESERVER; do
			echo "nameserver $server"
		done
	else
		grep -E '^[[:space:]]*nameserver[[:space:]]' "$FILE" 2>/dev/null
	fi
	grep -vE '^[[:space:]]*(search|domain|nameserver)[[:space:]]' "$FILE" 2>/dev/null
	return 0
}

resolved_conf() {
	echo "$NOTE"
	echo "[Resolve]"
	servers=${NAMESERVER:-$(value_of "$RESOLVED" DNS)}
	domains=${SEARCHDOMAIN:-$(value_of "$RESOLVED" Domains)}
	[ -z "$servers" ] || echo "DNS=$servers"
	[ -z "$domains" ] || echo "Domains=$domains"
}

[ -n "$NAMESERVER$SEARCHDOMAIN" ] || exit 0

# SUSE's netconfig makes the file anew when it likes.
if [ -f "$NETCONFIG" ]; then
	[ -z "$NAMESERVER" ] || put_param "$NETCONFIG" NETCONFIG_DNS_STATIC_SERVERS "$NAMESERVER"
	[ -z "$SEARCHDOMAIN" ] || put_param "$NETCONFIG" NETCONFIG_DNS_STATIC_SEARCHLIST "$SEARCHDOMAIN"
fi
# So does NetworkManager, out of its connections.
if [ -f "$VENET_NM" ]; then
	[ -z "$NAMESERVER" ] || NM_DNS=$NAMESERVER
	[ -z "$SEARCHDOMAIN" ] || NM_SEARCH=$SEARCHDOMAIN
	write_nm $(written_addresses)
fi

case $(readlink "$FILE" 2>/dev/null) in
*systemd/resolve/*)
	text=$(resolved_conf)
	printf '%s\n' "$text" | replace_file "$RESOLVED"
	if [ -d /run/systemd/resolve ]; then
		systemctl --no-block try-reload-or-restart systemd-resolved.service 2>/dev/null
	fi
	;;
*/run/resolvconf/*)
	# At start there is no /run/resolvconf yet: what Debian's resolvconf puts in front of everything, then.
	if [ -d /run/resolvconf ] && have resolvconf; then
		resolv_conf | grep -E '^(search|nameserver)' | resolvconf -a "$VENET"
	else
		mkdir -p /etc/resolvconf/resolv.conf.d
		FILE=/etc/resolvconf/resolv.conf.d/head
		text=$(resolv_conf)
		printf '%s\n' "$text" | replace_file "$FILE"
	fi
	;;
*)
	text=$(resolv_conf)
	printf '%s\n' "$text" | replace_file "$FILE"
	;;
esac
exit 0
