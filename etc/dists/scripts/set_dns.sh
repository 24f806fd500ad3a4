# SET_DNS: NAMESERVER, SEARCHDOMAIN (blank separated, each optional). What is not given stays as it is.

FILE=/etc/resolv.conf
DROPIN=/etc/systemd/resolved.conf.d/vz.conf

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

[ -n "$NAMESERVER$SEARCHDOMAIN" ] || exit 0

case $(readlink "$FILE" 2>/dev/null) in
*systemd/resolve/*)
	mkdir -p "${DROPIN%/*}"
	{
		echo "# Written by vzctl; changes will be lost."
		echo "[Resolve]"
		[ -z "$NAMESERVER" ] || echo "DNS=$NAMESERVER"
		[ -z "$SEARCHDOMAIN" ] || echo "Domains=$SEARCHDOMAIN"
	} | replace_file "$DROPIN"
	if [ -d /run/systemd/resolve ]; then
		systemctl --no-block try-reload-or-restart systemd-resolved.service 2>/dev/null
	fi
	;;
*/run/resolvconf/*)
	resolv_conf | grep -E '^(search|nameserver)' | resolvconf -a "$VENET"
	;;
*)
	text=$(resolv_conf)
	printf '%s\n' "$text" | replace_file "$FILE"
	;;
esac
exit 0
