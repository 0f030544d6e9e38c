# What the toolchain files share. Each sets TARN_ARCH, TARN_TRIPLET and TARN_QEMU first.
# The sysroot comes from toolchains/sysroot; TARN_SYSROOT (cache or environment) names another one.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${TARN_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${TARN_TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${TARN_TRIPLET})

if(NOT TARN_SYSROOT)
  if(DEFINED ENV{TARN_SYSROOT})
    set(TARN_SYSROOT "$ENV{TARN_SYSROOT}")
  else()
    get_filename_component(TARN_SYSROOT
      "${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${TARN_ARCH}" ABSOLUTE)
  endif()
endif()
if(NOT EXISTS "${TARN_SYSROOT}/usr/include/features.h")
  message(FATAL_ERROR "No ${TARN_ARCH} sysroot at ${TARN_SYSROOT}.\n"
    "Make one with: toolchains/sysroot ${TARN_ARCH}   (./dev cross ${TARN_ARCH} does it all)")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TARN_SYSROOT)

set(CMAKE_SYSROOT "${TARN_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH "${TARN_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR}
  "${TARN_SYSROOT}/usr/lib/${TARN_TRIPLET}/pkgconfig:${TARN_SYSROOT}/usr/share/pkgconfig")

find_program(TARN_EMULATOR NAMES ${TARN_QEMU} ${TARN_QEMU}-static)
if(TARN_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${TARN_EMULATOR};-L;${TARN_SYSROOT}")
endif()
