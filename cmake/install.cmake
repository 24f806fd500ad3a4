# What `cmake --install` lays down beside the programs. A package marks the files below /etc/vz as configuration, so that an
# upgrade keeps the administrator's; here an existing vz.conf, download.conf or 0.conf is left alone for the same reason.

function(vz_install_config source destination)
  get_filename_component(name ${source} NAME)
  install(CODE "
    set(target \"\$ENV{DESTDIR}${destination}/${name}\")
    if(EXISTS \"\${target}\")
      message(STATUS \"Keeping: \${target}\")
    else()
      file(INSTALL DESTINATION \"${destination}\" TYPE FILE FILES \"${CMAKE_SOURCE_DIR}/${source}\")
    endif()")
endfunction()

set(VZ_CONFIG_DIR ${CMAKE_INSTALL_SYSCONFDIR}/vz)
vz_install_config(etc/vz.conf ${VZ_CONFIG_DIR})
vz_install_config(etc/download.conf ${VZ_CONFIG_DIR})
vz_install_config(etc/conf/0.conf ${VZ_CONFIG_DIR}/conf)
install(DIRECTORY etc/conf/ DESTINATION ${VZ_CONFIG_DIR}/conf FILES_MATCHING PATTERN "*.conf-sample")
install(DIRECTORY etc/dists/ DESTINATION ${VZ_CONFIG_DIR}/dists USE_SOURCE_PERMISSIONS)
install(DIRECTORY DESTINATION ${VZ_CONFIG_DIR}/names)

# Boot and shutdown.
set(VZ_LIBEXECDIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/vz)
configure_file(etc/init.d/vz ${CMAKE_BINARY_DIR}/etc/init.d/vz @ONLY)
configure_file(etc/systemd/vz.service ${CMAKE_BINARY_DIR}/etc/systemd/vz.service @ONLY)
install(PROGRAMS ${CMAKE_BINARY_DIR}/etc/init.d/vz DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/init.d)
# Called by others: logrotate, and ifupdown when an interface has come up.
install(FILES etc/logrotate.d/vzctl DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/logrotate.d)
configure_file(etc/network/if-up.d/vzifup-post ${CMAKE_BINARY_DIR}/etc/network/if-up.d/vzifup-post @ONLY)
install(PROGRAMS ${CMAKE_BINARY_DIR}/etc/network/if-up.d/vzifup-post
        DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/network/if-up.d)
install(FILES ${CMAKE_BINARY_DIR}/etc/systemd/vz.service DESTINATION lib/systemd/system)
set(VZ_SBINDIR ${CMAKE_INSTALL_FULL_SBINDIR})
configure_file(etc/systemd/lxcfs.service.d/vz.conf ${CMAKE_BINARY_DIR}/etc/systemd/lxcfs.service.d/vz.conf @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/etc/systemd/lxcfs.service.d/vz.conf DESTINATION lib/systemd/system/lxcfs.service.d)

file(GLOB VZ_MAN8 CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.8)
file(GLOB VZ_MAN5 CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.5)
install(FILES ${VZ_MAN8} DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${VZ_MAN5} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)

set(VZ_OWNER_ONLY OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(DIRECTORY DESTINATION /vz)
foreach(directory private dump)
  install(DIRECTORY DESTINATION /vz/${directory} DIRECTORY_PERMISSIONS ${VZ_OWNER_ONLY})
endforeach()
# A container's root, another user than the host's, mounts what is below it.
install(DIRECTORY DESTINATION /vz/root DIRECTORY_PERMISSIONS ${VZ_OWNER_ONLY} GROUP_EXECUTE WORLD_EXECUTE)
install(DIRECTORY DESTINATION /vz/lock)
install(DIRECTORY DESTINATION /vz/template/cache)
install(DIRECTORY DESTINATION /var/lib/vzctl/vzreboot)
