// A directory that is being read, closed when the object goes. One thread.
#pragma once

#include <dirent.h>

#include <memory>

namespace tarn::platform {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

}  // namespace tarn::platform
