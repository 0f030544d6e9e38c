// expect: must have at most 1 GiB
#include <tarn/message.hpp>

struct Volume {
  unsigned char voxels[(1u << 30) + 1];
};
TARN_MESSAGE(Volume, voxels)
