#include "tools/container_word.h"

#include "libvz/config/container_id.h"
#include "libvz/core/paths.h"
#include "tools/tool.h"

namespace vz {

Result<Ctid> container_of_word(const std::string& word) {
  return resolve_ctid(Paths(test_prefix()), word);
}

Option veid_option(std::optional<Ctid>& into) {
  return {.name = "veid",
          .letter = 'E',
          .argument = "CTID",
          .help = "only processes of this container (number or name; 0: the host)",
          .take = [&into](const std::string& value) -> Result<void> {
            VZ_ASSIGN(into, container_of_word(value));
            return {};
          }};
}

}  // namespace vz
