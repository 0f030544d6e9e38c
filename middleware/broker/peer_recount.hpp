// Puts the totals of peers right that a broker left one short when it died between a change and its
// count. At most one change is under way in a broker at a time. For who takes the role over, after the
// records are whole and before the dead are looked for; one thread.
#pragma once

#include "middleware/broker/books.hpp"
#include "middleware/broker/memberships.hpp"

namespace tarn::broker {

void recount_peers(Books& books, const Memberships& memberships) noexcept;

}  // namespace tarn::broker
