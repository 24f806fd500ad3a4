# One static library a floor and, beside it, one test program with the floor's *_test.cc files.
# *.proto files of a floor are compiled with it.

function(vz_protobuf target dir)
  file(GLOB protos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.proto)
  foreach(proto ${protos})
    get_filename_component(name ${proto} NAME_WE)
    set(out ${CMAKE_BINARY_DIR}/proto/${dir})
    file(MAKE_DIRECTORY ${out})
    add_custom_command(
      OUTPUT ${out}/${name}.pb.cc ${out}/${name}.pb.h
      COMMAND ${PROTOC} --cpp_out=${CMAKE_BINARY_DIR}/proto -I ${CMAKE_SOURCE_DIR} ${proto}
      DEPENDS ${proto})
    target_sources(${target} PRIVATE ${out}/${name}.pb.cc ${out}/${name}.pb.h)
    # Generated code is not held to our warnings.
    set_source_files_properties(${out}/${name}.pb.cc PROPERTIES COMPILE_OPTIONS "-w")
  endforeach()
  if(protos)
    target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/proto)
  endif()
endfunction()

function(vz_tests name dir)
  if(NOT VZ_TESTS)
    return()
  endif()
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*_test.cc)
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${ARGN} GTest::gmock_main)
    target_compile_definitions(${name}_test PRIVATE VZ_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    VZ_BUILD_DIR="${CMAKE_BINARY_DIR}")
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 60)
  endif()
endfunction()

function(vz_floor name dir)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_library(vz_${name} STATIC ${sources})
  target_link_libraries(vz_${name} PUBLIC ${ARG_DEPENDS})
  vz_protobuf(vz_${name} ${dir})
  vz_tests(${name} ${dir} vz_${name})
endfunction()

# A program's files but for main.cc form a library, so that its tests can link them.
function(vz_program name dir)
  cmake_parse_arguments(ARG "" "INSTALL" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  add_library(${name}_program STATIC ${sources})
  target_link_libraries(${name}_program PUBLIC ${ARG_DEPENDS})
  vz_protobuf(${name}_program ${dir})
  add_executable(${name} ${dir}/main.cc)
  target_link_libraries(${name} PRIVATE ${name}_program)
  vz_tests(${name} ${dir} ${name}_program)
  if(ARG_INSTALL STREQUAL "sbin")
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
  elseif(ARG_INSTALL STREQUAL "libexec")
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/vz)
  endif()
endfunction()
