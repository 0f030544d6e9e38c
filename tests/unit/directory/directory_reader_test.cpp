#include "middleware/directory/directory_reader.hpp"

#include "middleware/directory/directory_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/directory/memory_pool.hpp"

using namespace tarn::directory;
using tarn::test::MemoryPool;

namespace {

TopicRecordLayout topic_named(const char* name) {
  TopicRecordLayout record{};
  put_text(record.name, name);
  put_text(record.type_name, "Imu");
  record.depth = 16;
  record.held = 2;
  record.subscribers = 8;
  record.slot_bytes = 64;
  record.alignment = 8;
  return record;
}

// Shows a topic record in a place.
void show(DirectoryWriter& writer, std::uint32_t index, const TopicRecordLayout& record) {
  writer.reserve(index, record);
  writer.set_state<TopicRecordLayout>(index, RecordState::Active);
}

}  // namespace

TEST_CASE("a record is read from the moment it is shown until it is freed", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const DirectoryReader reader(pool.view());
  CHECK_FALSE(reader.read<TopicRecordLayout>(3));
  writer.reserve(3, topic_named("imu"));
  CHECK_FALSE(reader.read<TopicRecordLayout>(3));
  writer.set_state<TopicRecordLayout>(3, RecordState::Active);
  const auto topic = reader.read<TopicRecordLayout>(3);
  REQUIRE(topic);
  CHECK(text_in(topic->name) == "imu");
  CHECK(topic->depth == 16);
  writer.free<TopicRecordLayout>(3);
  CHECK_FALSE(reader.read<TopicRecordLayout>(3));
}

TEST_CASE("an index beyond its table names nothing", "[directory]") {
  MemoryPool pool;
  const DirectoryReader reader(pool.view());
  CHECK_FALSE(reader.read<TopicRecordLayout>(pool.view().geometry().topics.count));
  CHECK_FALSE(reader.read<ClientRecordLayout>(kNone));
  CHECK(reader.topic_version(kNone) == 0);
}

TEST_CASE("a record that does not hold is not handed out", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const DirectoryReader reader(pool.view());
  TopicRecordLayout topic = topic_named("imu");
  SECTION("a depth of none") { topic.depth = 0; }
  SECTION("a slot size that is none") { topic.slot_bytes = 65; }
  SECTION("a name without an end") {
    for (char& byte : topic.name) byte = 'x';
  }
  SECTION("a description beyond its table") {
    topic.type_text_offset = 0xFFFFFFF0;
    topic.type_text_bytes = 0x20;
  }
  show(writer, 0, topic);
  CHECK_FALSE(reader.read<TopicRecordLayout>(0));
}

TEST_CASE("topics are found by name while they are active", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const DirectoryReader reader(pool.view());
  show(writer, 0, topic_named("imu"));
  show(writer, 5, topic_named("imu/left"));
  CHECK(reader.find_topic("imu") == 0);
  CHECK(reader.find_topic("imu/left") == 5);
  CHECK_FALSE(reader.find_topic("im"));
  CHECK_FALSE(reader.find_topic("imu/"));
  writer.free<TopicRecordLayout>(0);
  CHECK_FALSE(reader.find_topic("imu"));
}

TEST_CASE("a change of a topic's rings shows in its version", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const DirectoryReader reader(pool.view());
  show(writer, 2, topic_named("imu"));
  const auto before = reader.topic_version(2);
  writer.topic_changed(2);
  CHECK(reader.topic_version(2) == before + 1);
}

TEST_CASE("the text of a type is read where the record says, and nowhere else", "[directory]") {
  MemoryPool pool;
  const DirectoryReader reader(pool.view());
  const auto table = pool.view().geometry().type_text;
  std::memcpy(pool.view().base() + table.offset + 10, "x:u8@0", 6);
  TopicRecordLayout topic = topic_named("imu");
  topic.type_text_offset = 10;
  topic.type_text_bytes = 6;
  CHECK(reader.type_text(topic) == "x:u8@0");
  topic.type_text_offset = table.count - 5;
  CHECK(reader.type_text(topic).empty());
}
