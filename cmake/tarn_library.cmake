# tarn_library(target file_name name [EXCEPTIONS]): one of the installed libraries, known to others as
# tarn::name. BUILD_SHARED_LIBS decides its kind; docs/decisions/0013 says what a shared one exports and why.
# Without EXCEPTIONS it is compiled so that it has none.

# Until 1.0 every minor version may change the interface, so it is part of what programs link with.
set(tarn_soversion "${PROJECT_VERSION_MAJOR}")
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(tarn_soversion "0.${PROJECT_VERSION_MINOR}")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/libtarn.map.in" "${PROJECT_BINARY_DIR}/libtarn.map" @ONLY)

function(tarn_library target file_name name)
  cmake_parse_arguments(PARSE_ARGV 3 arg "EXCEPTIONS" "" "")
  add_library(${target})
  add_library(tarn::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${file_name}
    EXPORT_NAME ${name}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${tarn_soversion}
    INSTALL_RPATH "$ORIGIN")
  target_compile_features(${target} PUBLIC cxx_std_20)
  if(NOT arg_EXCEPTIONS)
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:tarn_no_exceptions>")
  endif()
  # Where a polling take falls on lines of code decides a third of its latency: not by chance.
  target_compile_options(${target} PRIVATE -falign-functions=64 -falign-loops=32)
  if(BUILD_SHARED_LIBS)
    # A library's calls of its own functions stay direct, as they are in a static one.
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    target_link_options(${target} PRIVATE
      -Wl,-Bsymbolic-functions
      "-Wl,--version-script=${PROJECT_BINARY_DIR}/libtarn.map")
    set_target_properties(${target} PROPERTIES LINK_DEPENDS "${PROJECT_BINARY_DIR}/libtarn.map")
  endif()
endfunction()
