# Flags that hold for every target of this project and for nobody who links with it, and the
# interface target tarn_no_exceptions for those of the libraries.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Kind of build" FORCE)
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 11)
  message(FATAL_ERROR "tarn needs g++ 11 or newer, found ${CMAKE_CXX_COMPILER_VERSION}.\n"
    "Install a newer one and configure with CXX=g++-12 cmake ...")
endif()

find_program(TARN_CCACHE ccache)
mark_as_advanced(TARN_CCACHE)
if(TARN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${TARN_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TARN_CCACHE}")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(PROJECT_IS_TOP_LEVEL)
  add_compile_options(-Werror)  # not in a project of somebody whose compiler we do not know
endif()
if(TARN_GROUP_SOURCES AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)  # takes a file that another one includes for a header
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A note about argument passing before gcc 7; nothing here links with such code.
  add_compile_options(-Wno-psabi)
endif()

if(TARN_SANITIZE)
  add_compile_options(
    "-fsanitize=${TARN_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${TARN_SANITIZE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc warns of its own instrumentation; builds without sanitizers keep this warning.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(TARN_SANITIZE MATCHES "undefined")
    # The vptr check needs RTTI, which the libraries are built without.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

add_library(tarn_no_exceptions INTERFACE)
target_compile_options(tarn_no_exceptions INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>")
