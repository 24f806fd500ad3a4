# SET_USERPASS: USERPW, one "user:password"; the password may hold anything but a line break.

user=${USERPW%%:*}
if [ -z "$user" ] || [ "$user" = "$USERPW" ]; then
	error "user:password expected" $VZ_CHANGEPASS
fi
if ! grep -q "^$user:" /etc/passwd; then
	if have useradd; then
		useradd -m -- "$user" || error "cannot add user $user" $VZ_CHANGEPASS
	else
		adduser -D "$user" || error "cannot add user $user" $VZ_CHANGEPASS
	fi
fi

# Where there is no chpasswd (busybox).
change_shadow() {
	hash=$(printf '%s\n' "${USERPW#*:}" | mkpasswd -m sha512 -P 0) && [ -n "$hash" ] || return 1
	USER=$user HASH=$hash awk '
		BEGIN { FS = OFS = ":"; user = ENVIRON["USER"]; hash = ENVIRON["HASH"] }
		$1 == user { $2 = hash; found = 1 }
		{ print }
		END { exit !found }' /etc/shadow >/etc/shadow.vz-put && replace_file /etc/shadow </etc/shadow.vz-put
	changed=$?
	rm -f /etc/shadow.vz-put
	return $changed
}

if have chpasswd; then
	printf '%s\n' "$USERPW" | chpasswd >/dev/null
else
	umask 077
	change_shadow
fi || error "cannot set the password of $user" $VZ_CHANGEPASS
exit 0
