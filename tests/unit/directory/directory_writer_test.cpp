#include "middleware/directory/directory_writer.hpp"

#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/directory/memory_pool.hpp"

using namespace tarn::directory;
using tarn::test::MemoryPool;

TEST_CASE("a record goes from free to reserved to active and back, a generation older",
          "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  ClientRecordLayout fields{};
  fields.pid = 42;
  fields.state = state_word(77, RecordState::Orphan);  // is ignored
  CHECK(writer.find_free<ClientRecordLayout>() == 0);

  writer.reserve(0, fields);
  CHECK(writer.at<ClientRecordLayout>(0).state == state_word(0, RecordState::Reserved));
  CHECK(writer.at<ClientRecordLayout>(0).pid == 42);
  CHECK(writer.find_free<ClientRecordLayout>() == 1);
  writer.set_state<ClientRecordLayout>(0, RecordState::Active);
  CHECK(writer.state<ClientRecordLayout>(0) == RecordState::Active);
  writer.set_state<ClientRecordLayout>(0, RecordState::Reaping);
  CHECK(writer.generation<ClientRecordLayout>(0) == 0);
  writer.free<ClientRecordLayout>(0);
  CHECK(writer.at<ClientRecordLayout>(0).state == state_word(1, RecordState::Free));
  writer.reserve(0, fields);
  CHECK(writer.generation<ClientRecordLayout>(0) == 1);
}

TEST_CASE("a table that is full has no free record", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  for (std::uint32_t i = 0; i < writer.count<ClientRecordLayout>(); ++i) {
    writer.reserve(i, ClientRecordLayout{});
  }
  CHECK_FALSE(writer.find_free<ClientRecordLayout>());
}

TEST_CASE("a member's generation grows with every entry in its place", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const auto& entry = writer.at<MemberEntryLayout>(9);
  writer.enter_member(9, {.subscriber = 3, .reliable = true, .join_line = 40, .waiter = 5});
  CHECK(entry.member == member_word(1, 3, true, true));
  CHECK(entry.join_line == 40);
  CHECK(entry.waiter == 5);
  writer.clear_member(9);
  CHECK_FALSE(member_active(entry.member));
  writer.enter_member(9, {.subscriber = 4, .reliable = false, .join_line = 41, .waiter = 6});
  CHECK(entry.member == member_word(2, 4, false, true));
}

TEST_CASE("a change of members shows in the ring's version", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  writer.members_changed(1);
  writer.members_changed(1);
  CHECK(writer.at<RingRecordLayout>(1).members_version == 2);
}

TEST_CASE("a kick changes the bell, so a sleep that begins now ends at once", "[directory]") {
  MemoryPool pool;
  DirectoryWriter writer(pool.view());
  const auto view = pool.view();
  const auto bell_of = [&](const tarn::pool::TablePlace& table, std::uint32_t index) {
    return view.record<tarn::ring::BellLayout>(table, index)->bell;
  };
  writer.kick_waiter(7);
  writer.kick_ring(8);
  CHECK(bell_of(view.geometry().bells, 7) == 1);
  CHECK(bell_of(view.geometry().ring_bells, 8) == 1);
  CHECK(view.record<tarn::ring::RingBellLayout>(view.geometry().ring_bells, 8)->publisher_bell ==
        1);
  CHECK(bell_of(view.geometry().bells, 8) == 0);
  writer.kick_waiter(kNone);  // nobody's bell
}
