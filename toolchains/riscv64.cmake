# 64-bit RISC-V (VisionFive 2, ...).
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(TARN_ARCH riscv64)
set(TARN_TRIPLET riscv64-linux-gnu)
set(TARN_QEMU qemu-riscv64)
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")
