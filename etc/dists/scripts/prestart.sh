# PRE_START: VZ_KERNEL=no, USERNS=yes|no; runs before init, without functions and without PATH.
# In a user namespace nobody may set a login uid. PAM's module of before 2014 takes that for an error, and nobody could log
# in; newer ones ask for /proc/self/uid_map.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
[ "$USERNS" = yes ] || exit 0
for module in /lib/security /lib64/security /lib/*-linux-gnu/security /usr/lib/security /usr/lib64/security \
	/usr/lib/*-linux-gnu/security; do
	[ -f "$module/pam_loginuid.so" ] && [ -f "$module/pam_permit.so" ] || continue
	grep -q uid_map "$module/pam_loginuid.so" && continue
	cmp -s "$module/pam_permit.so" "$module/pam_loginuid.so" ||
		mount --bind "$module/pam_permit.so" "$module/pam_loginuid.so"
done
exit 0
