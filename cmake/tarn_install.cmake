# cmake --install: the libraries and their public headers, CMake package and pkg-config files
# (component development), the programs, shared libraries and configuration files to start from (component
# runtime). Everything in it is relative to itself, so that an installed tree may move.
include(CMakePackageConfigHelpers)

set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/tarn")

install(TARGETS tarn_client tarn_broker tarn_tarn tarn_expected EXPORT tarnTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime
    NAMELINK_COMPONENT development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
install(DIRECTORY middleware/include/tarn TYPE INCLUDE COMPONENT development)

set(packages tarn tarn-client)
if(TARN_BUILD_PROGRAMS)
  # Side by side: tarn becomes tarn-broker.
  install(TARGETS tarn_command tarn_broker_daemon RUNTIME COMPONENT runtime)
  install(FILES config/defaults/tiny.yaml config/defaults/default.yaml config/defaults/camera.yaml
                config/tarn.schema.json
    DESTINATION "${CMAKE_INSTALL_DATADIR}/tarn" COMPONENT runtime)
  # A unit names its program by an absolute path, which is known when it is installed.
  install(CODE "
    cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX OUTPUT_VARIABLE prefix)
    cmake_path(APPEND prefix \"${CMAKE_INSTALL_BINDIR}\" tarn-broker OUTPUT_VARIABLE TARN_BROKER)
    configure_file(\"${PROJECT_SOURCE_DIR}/platform/systemd/tarn-broker@.service.in\"
      \"${PROJECT_BINARY_DIR}/package/tarn-broker@.service\" @ONLY)"
    COMPONENT runtime)
  install(FILES "${PROJECT_BINARY_DIR}/package/tarn-broker@.service"
    DESTINATION lib/systemd/system COMPONENT runtime)
  install(FILES platform/systemd/tarn.sysusers DESTINATION lib/sysusers.d RENAME tarn.conf
    COMPONENT runtime)
  # A set of its own: only who asks for it needs yaml-cpp.
  install(TARGETS tarn_config EXPORT tarnConfigurationTargets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime
      NAMELINK_COMPONENT development
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
  install(EXPORT tarnConfigurationTargets NAMESPACE tarn:: DESTINATION "${package_directory}"
    COMPONENT development)
  list(APPEND packages tarn-config)
endif()

install(EXPORT tarnTargets NAMESPACE tarn:: DESTINATION "${package_directory}"
  COMPONENT development)
configure_package_config_file(cmake/tarnConfig.cmake.in
  "${PROJECT_BINARY_DIR}/package/tarnConfig.cmake" INSTALL_DESTINATION "${package_directory}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/tarnConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/tarnConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/tarnConfigVersion.cmake"
  DESTINATION "${package_directory}" COMPONENT development)

# pkg-config: paths from where the file lies, unless the build was told absolute ones. A static
# library's needs are everybody's; a shared one brings its own.
set(pc_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_library_directory "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(pc_include_directory "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH pc_prefix "/${pc_directory}" "/")
  string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix}")
  set(pc_library_directory "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(pc_include_directory "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_public ${CMAKE_THREAD_LIBS_INIT})
set(pc_private)
set(pc_role "-Wl,--undefined=tarn_role_offer -ltarn_broker")
set(pc_config "-Wl,--undefined=tarn_configuration_source -ltarn_config")
set(pc_yaml ", yaml-cpp")
if(BUILD_SHARED_LIBS)
  set(pc_public)
  set(pc_private ${CMAKE_THREAD_LIBS_INIT})
  set(pc_role "-Wl,--push-state,--no-as-needed -ltarn_broker -Wl,--pop-state")
  # One option, since pkg-config drops repeated ones.
  set(pc_config "-Wl,--push-state,--no-as-needed,-ltarn_config,--pop-state")
  set(pc_yaml)
endif()
foreach(package IN LISTS packages)
  configure_file("cmake/${package}.pc.in" "${PROJECT_BINARY_DIR}/package/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${package}.pc"
    DESTINATION "${pc_directory}" COMPONENT development)
endforeach()
