# DEL_IP: IP_ADDR (blank separated), VE_STATE, IPDELALL=yes.

kept=
if [ "${IPDELALL:-no}" != yes ]; then
	removed=$(echo $(plain_addresses $IP_ADDR))
	for address in $(written_addresses); do
		case " $removed " in
		*" $address "*) ;;
		*) kept="$kept $address" ;;
		esac
	done
fi
write_venet $kept
exit 0
