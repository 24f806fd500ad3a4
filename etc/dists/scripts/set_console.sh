# SET_CONSOLE: a login on /dev/console, for `vzctl console`. systemd and OpenRC see to that themselves. No functions here.

if ! { stty -a </dev/console; } >/dev/null 2>&1; then
	# Nobody serves it.
	exit 0
fi
if [ -x /sbin/agetty ]; then
	getty="/sbin/agetty -L 38400 console linux"
else
	getty="/sbin/getty 38400 console"
fi
# Upstart.
if [ -d /etc/init ] && [ ! -d /run/systemd ] && [ -x /sbin/initctl ] && [ ! -e /etc/init/console.conf ]; then
	printf '%s\n' "# Written by vzctl." "start on stopped rc" "stop on runlevel [!2345]" "respawn" "exec $getty" \
		>/etc/init/console.conf.vz-new && mv -f /etc/init/console.conf.vz-new /etc/init/console.conf
fi
# System V.
if [ -f /etc/inittab ] && ! grep -qE '^[^#].*getty.*console' /etc/inittab; then
	cp -p /etc/inittab /etc/inittab.vz-new && echo "co:2345:respawn:$getty" >>/etc/inittab.vz-new &&
		mv -f /etc/inittab.vz-new /etc/inittab
fi
exit 0
