# SET_USERPASS: USERPW, one "user:password"; the password may hold anything but a line break.

user=${USERPW%%:*}
if [ -z "$user" ] || [ "$user" = "$USERPW" ]; then
	error "user:password expected" $VZ_CHANGEPASS
fi

# is_in FILE: does the user stand there?
is_in() { NAME=$user awk 'BEGIN { FS = ":" } $1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' "$1"; }

if ! is_in /etc/passwd; then
	if have useradd; then
		useradd -m -- "$user" || error "cannot add user $user" $VZ_CHANGEPASS
	else
		adduser -D "$user" || error "cannot add user $user" $VZ_CHANGEPASS
	fi
fi

# Where there is no chpasswd (a small busybox).
change_shadow() {
	hash=$(printf '%s\n' "${USERPW#*:}" | mkpasswd -m sha512 -P 0) && [ -n "$hash" ] && is_in /etc/shadow || return 1
	# Not as arguments of a program: those anybody can read.
	NAME=$user HASH=$hash
	export NAME HASH
	change_file /etc/shadow awk '
		BEGIN { FS = OFS = ":"; user = ENVIRON["NAME"]; hash = ENVIRON["HASH"] }
		$1 == user { $2 = hash }
		{ print }'
}

if have chpasswd; then
	printf '%s\n' "$USERPW" | chpasswd >/dev/null
else
	change_shadow
fi || error "cannot set the password of $user" $VZ_CHANGEPASS
exit 0
