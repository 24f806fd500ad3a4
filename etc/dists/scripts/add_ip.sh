# ADD_IP: IP_ADDR (blank separated, may be empty), VE_STATE, IPDELALL=yes, IPV6=yes.
# At start IP_ADDR holds all addresses; later, those that are new.

addresses=
if [ "$VE_STATE" != starting ] && [ "${IPDELALL:-no}" != yes ]; then
	addresses=$(written_addresses)
fi
for address in $(plain_addresses $IP_ADDR); do
	case " $(echo $addresses) " in
	*" $address "*) ;;
	*) addresses="$addresses $address" ;;
	esac
done
write_venet $addresses
exit 0
