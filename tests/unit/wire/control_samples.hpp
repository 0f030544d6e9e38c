// One control message of each kind with every field set to something of its own, for the tests of
// this folder.
#pragma once

#include "middleware/wire/control_messages.hpp"

namespace tarn::wire::test {

inline constexpr MessageType kImu{.name = "Imu",
                                  .size_bytes = 32,
                                  .alignment = 8,
                                  .hash = 0x1122334455667788,
                                  .fields = "stamp_ns:u64@0;accel:f32[3]@8;gyro:f32[3]@20"};

inline constexpr Hello kHello{.min_version = 1,
                              .max_version = 4,
                              .layout_version = 4,
                              .observer = true,
                              .node = "imu_driver",
                              .resume_client = 4,
                              .resume_generation = 5,
                              .pool_id = 0x0102030405060708,
                              .answered = 9};

inline constexpr CreatePublisher kCreatePublisher{.topic = "sensor/imu",
                                                  .type = kImu,
                                                  .payload_bytes = 24,
                                                  .loans = 6,
                                                  .depth = 7,
                                                  .publisher = "left",
                                                  .origin_node = 0x8877665544332211};

inline constexpr CreateSubscriber kCreateSubscriber{.topic = "sensor/imu",
                                                    .type = kImu,
                                                    .depth = 8,
                                                    .history = 9,
                                                    .held = 10,
                                                    .reliability = Reliability::Reliable};

inline constexpr ClosePublisher kClosePublisher{.ring = 11, .ring_generation = 12};
inline constexpr CloseSubscriber kCloseSubscriber{.subscriber = 13, .generation = 14};

inline constexpr CloseWaiter kCloseWaiter{.waiter = 24, .generation = 25};
inline constexpr OpenDoorbell kOpenDoorbell{.waiter = 26, .generation = 27};

inline constexpr CreatePattern kCreatePattern{.pattern = "sensor/**",
                                              .type = kImu,
                                              .depth = 30,
                                              .history = 31,
                                              .held = 32,
                                              .reliability = Reliability::BestEffort,
                                              .waiter = 33,
                                              .waiter_generation = 34};
inline constexpr ClosePattern kClosePattern{.pattern = 35, .generation = 36};

inline constexpr Welcome kWelcome{.version = 1,
                                  .client = 15,
                                  .generation = 16,
                                  .pool_id = 0x0102030405060708,
                                  .pool_bytes = 16777216,
                                  .page_bytes = 4096};

inline constexpr PublisherCreated kPublisherCreated{.ring = 17, .ring_generation = 18, .topic = 19};
inline constexpr SubscriberCreated kSubscriberCreated{
    .subscriber = 20, .generation = 21, .topic = 22, .waiter = 23};
inline constexpr WaiterCreated kWaiterCreated{.waiter = 28, .generation = 29};
inline constexpr PatternCreated kPatternCreated{.pattern = 37, .generation = 38};
inline constexpr Refused kRefused{
    .code = Errc::PoolFull, .system_errno = 28, .text = "needs 4096 bytes, 0 are free"};
inline constexpr Reloaded kReloaded{
    .changed = "defaults\ntopics.imu", .live = "topics.imu", .waiting = "pool.size"};
inline constexpr ReloadRefused kReloadRefused{
    .code = Errc::InvalidConfig, .system_errno = 2, .findings = "t.yaml:1:2: a\nt.yaml:3:4: b"};

}  // namespace tarn::wire::test
