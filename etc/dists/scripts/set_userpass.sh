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
printf '%s\n' "$USERPW" | chpasswd >/dev/null || error "cannot set the password of $user" $VZ_CHANGEPASS
exit 0
