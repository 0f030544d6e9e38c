# 64-bit ARM (Raspberry Pi 3 and newer with a 64-bit system, i.MX 8, Jetson, ...).
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(TARN_ARCH aarch64)
set(TARN_TRIPLET aarch64-linux-gnu)
set(TARN_QEMU qemu-aarch64)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
