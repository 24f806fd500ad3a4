# SET_UGID_QUOTA: VE_STATE, and UGIDLIMIT for a container on ploop; DEVFS, MINOR and MAJOR for one on simfs. None of them
# when the limit is 0: quotas of users and groups inside go off.

if [ -n "$UGIDLIMIT" ] && [ "$UGIDLIMIT" != 0 ]; then
	setup_quota_ploop on
elif [ -n "$MAJOR$MINOR" ]; then
	setup_quota
elif have quotaoff; then
	setup_quota_ploop off
fi
