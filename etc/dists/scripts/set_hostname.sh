# SET_HOSTNAME: HOSTNM, VE_STATE, IP_ADDR (the first address, or nothing).

[ -n "$HOSTNM" ] || exit 0
change_hostname /etc/hosts "$HOSTNM" "${IP_ADDR%%/*}"
echo "${HOSTNM%%.*}" | replace_file /etc/hostname
if [ -f /etc/mailname ]; then
	echo "$HOSTNM" | replace_file /etc/mailname
fi
hostname "${HOSTNM%%.*}" 2>/dev/null
exit 0
