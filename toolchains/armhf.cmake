# 32-bit ARM, ARMv7 and up. ARMv6 (first Raspberry Pi, Pi Zero) has no lock-free 64-bit atomics; the
# library refuses to compile for it.
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(TARN_ARCH armhf)
set(TARN_TRIPLET arm-linux-gnueabihf)
set(TARN_QEMU qemu-arm)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

# 64-bit time where the C library has it (glibc 2.34), so that clocks outlive 2038.
file(STRINGS "${TARN_SYSROOT}/usr/include/features.h" minor REGEX "define[ \t]+__GLIBC_MINOR__")
string(REGEX MATCH "[0-9]+$" minor "${minor}")
if(minor GREATER_EQUAL 34)
  set(CMAKE_C_FLAGS_INIT "-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64")
  set(CMAKE_CXX_FLAGS_INIT "-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64")
endif()
