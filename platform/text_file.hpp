// Reading a whole small file that a person named: a configuration. Follows symbolic links, waits for
// nothing, and reads no more than its caller allows. Free function without state; any thread.
#pragma once

#include <cstddef>
#include <string>

#include <tarn/result.hpp>

namespace tarn::platform {

// What the file holds. System, NotPermitted: it cannot be read, with the errno. InvalidArgument: it is no
// regular file (a FIFO is not waited for). TooLarge: it has more bytes than that, also one whose size
// nobody knows beforehand.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t most_bytes);

}  // namespace tarn::platform
