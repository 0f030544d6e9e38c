# What the project takes from outside, each under one name and each with an error that says which
# package to install.

function(tarn_missing what package)
  message(FATAL_ERROR "${what} was not found.\n"
    "Debian and Ubuntu: apt-get install ${package} (or ./dev deps, which installs everything).\n"
    "Elsewhere: install it and add its prefix to CMAKE_PREFIX_PATH.")
endfunction()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# tl::expected is one header; not every distribution ships its CMake package.
find_path(TARN_EXPECTED_INCLUDE_DIR tl/expected.hpp)
if(NOT TARN_EXPECTED_INCLUDE_DIR)
  tarn_missing("The header tl/expected.hpp" libexpected-dev)
endif()
add_library(tarn_expected INTERFACE)
target_include_directories(tarn_expected SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${TARN_EXPECTED_INCLUDE_DIR}>")
set_target_properties(tarn_expected PROPERTIES EXPORT_NAME expected)

if(NOT TARN_BUILD_PROGRAMS)
  return()  # the libraries need no more
endif()

find_package(yaml-cpp QUIET)
if(NOT yaml-cpp_FOUND)
  tarn_missing("yaml-cpp" libyaml-cpp-dev)
endif()
add_library(tarn_yaml INTERFACE)
if(TARGET yaml-cpp::yaml-cpp)
  target_link_libraries(tarn_yaml INTERFACE yaml-cpp::yaml-cpp)  # since 0.8
else()
  target_link_libraries(tarn_yaml INTERFACE yaml-cpp)
endif()

# The command line and the printing of the tools.
find_package(CLI11 QUIET)
if(NOT CLI11_FOUND)
  tarn_missing("CLI11" libcli11-dev)
endif()
find_package(fmt QUIET)
if(NOT fmt_FOUND)
  tarn_missing("fmt" libfmt-dev)
endif()
