# SET_HOSTNAME: HOSTNM, VE_STATE, IP_ADDR (the first address, or nothing). The file of each distribution that is there;
# /etc/hostname if there is none.

[ -n "$HOSTNM" ] || exit 0
short=${HOSTNM%%.*}
change_hostname /etc/hosts "$HOSTNM" "${IP_ADDR%%/*}"

named=
# Red Hat and its kin up to 6.
if [ -f /etc/sysconfig/network ] && grep -q '^HOSTNAME=' /etc/sysconfig/network; then
	put_param /etc/sysconfig/network HOSTNAME "$HOSTNM"
	named=yes
fi
# Gentoo.
if [ -f /etc/conf.d/hostname ]; then
	put_param /etc/conf.d/hostname hostname "$short"
	named=yes
fi
# SUSE and Slackware.
if [ -f /etc/HOSTNAME ] && [ ! -L /etc/HOSTNAME ]; then
	echo "$HOSTNM" | replace_file /etc/HOSTNAME
	named=yes
fi
# Arch until 2012.
if [ -f /etc/rc.conf ] && grep -q '^HOSTNAME=' /etc/rc.conf; then
	put_param /etc/rc.conf HOSTNAME "$short"
	named=yes
fi
if [ -z "$named" ] || [ -e /etc/hostname ]; then
	echo "$short" | replace_file /etc/hostname
fi
if [ -f /etc/mailname ]; then
	echo "$HOSTNM" | replace_file /etc/mailname
fi
hostname "$short" 2>/dev/null
exit 0
