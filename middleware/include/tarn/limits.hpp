// The bounds of tarn in one place: every queue, table, name and loop ends at one of these. Numbers
// that a configuration may choose have their range here; its defaults live in config/.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tarn {

// Names, in bytes without a terminating NUL.
inline constexpr std::size_t kMaxTopicNameBytes = 127;
inline constexpr std::size_t kMaxTypeNameBytes = 63;
inline constexpr std::size_t kMaxNodeNameBytes = 63;
inline constexpr std::size_t kMaxDomainNameBytes = 32;
inline constexpr std::size_t kMaxGroupNameBytes = 32;

// Messages.
inline constexpr std::uint32_t kMaxMessageBytes = 1u << 30;  // a 32-bit client maps no more
inline constexpr std::uint32_t kMaxMessageAlignment = 64;    // chunks start on cache lines
inline constexpr std::size_t kMaxMessageFields = 32;         // of one TARN_MESSAGE
inline constexpr std::size_t kMaxTypeTextBytes = 8 * 1024;   // one type's fields as text

// A ring slot is 64, 128 or 256 bytes; what follows its header holds small messages.
inline constexpr std::uint32_t kSlotHeaderBytes = 24;
inline constexpr std::uint32_t kInlineBytesInSlot64 = 64 - kSlotHeaderBytes;
inline constexpr std::uint32_t kInlineBytesInSlot128 = 128 - kSlotHeaderBytes;
inline constexpr std::uint32_t kInlineBytesInSlot256 = 256 - kSlotHeaderBytes;

// Queue settings of a topic.
inline constexpr std::uint32_t kMaxDepth = 65536;
inline constexpr std::uint32_t kMaxHeld = 16;
inline constexpr std::uint32_t kMaxLoans = 64;
inline constexpr std::uint32_t kMaxOrphans = 64;
inline constexpr std::uint32_t kMaxSubscribersPerTopic = 256;
inline constexpr std::uint32_t kMaxPublishersPerTopic = 64;
inline constexpr std::uint32_t kMaxPublishersPerUnlistedTopic = 16;

// What a domain's configuration may ask for.
inline constexpr std::uint64_t kMaxPoolBytes = std::uint64_t{1}
                                               << 38;  // chunk ids reach no further
inline constexpr std::uint32_t kMaxClients = 1024;
inline constexpr std::uint32_t kMaxTopics = 4096;
inline constexpr std::uint32_t kMaxPublishers = 4096;
inline constexpr std::uint32_t kMaxMemberships = 65536;
inline constexpr std::uint32_t kMaxWaiters = 4096;
inline constexpr std::uint32_t kMaxObservers = 64;
inline constexpr std::uint32_t kMaxPatterns = 1024;
inline constexpr std::uint32_t kMaxTypeTextTableBytes = 16 * 1024 * 1024;
inline constexpr std::uint32_t kMaxTopicPatterns = 64;

// What it may say about links.
inline constexpr std::uint32_t kMaxLinks = 16;
inline constexpr std::uint32_t kMaxLinkAddresses = 8;
inline constexpr std::uint32_t kMaxLinkTopics = 256;  // in one direction
inline constexpr std::size_t kMaxLinkAddressBytes = 263;

// Attached to one wait set.
inline constexpr std::size_t kMaxAttachments = 4096;

// One request or reply on the broker's socket.
inline constexpr std::size_t kMaxPacketBytes = 64 * 1024;

// The longest sleep without a look around. A wake-up by this timer that finds data is counted, for
// it means that a doorbell was missed.
inline constexpr std::chrono::seconds kSafetyTimeout{1};

// How often a TopicWatch that waits looks for a message: soon after one, ever later without.
inline constexpr std::chrono::milliseconds kWatchPollMinimum{1};
inline constexpr std::chrono::milliseconds kWatchPollMaximum{10};

}  // namespace tarn
