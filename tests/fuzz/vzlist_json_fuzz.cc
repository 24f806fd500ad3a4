// Any configuration as vzlist shows it: its JSON is JSON, and its table has one line a container.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libvz/config/config_file.h"
#include "libvz/core/log.h"
#include "tests/fuzz/fuzz.h"
#include "vzlist/output.h"

namespace vz {
namespace {

std::string printed(const ListedContainers& containers, const ListOptions& options) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  must_hold(file != nullptr && print_containers(containers, options, file).has_value(), "it can be printed");
  std::fclose(file);
  std::string out(text, size);
  std::free(text);
  return out;
}

std::unique_ptr<Listed> listed(Ctid ctid, const Parameters& parameters) {
  auto container = std::make_unique<Listed>();
  container->ctid = ctid;
  container->parameters = parameters;
  container->name = parameters.name.value_or("");
  container->root = parameters.root.value_or("");
  container->private_area = parameters.private_area.value_or("");
  set_configured_limits(parameters, container->beancounters);
  return container;
}

void shows(std::string_view text) {
  Parameters parameters;
  (void)read_parameters("fuzz.conf", text, parameters);
  ListedContainers containers;
  containers.push_back(listed(101, parameters));
  containers.push_back(listed(102, Parameters()));
  ListOptions options;
  options.json = true;
  const auto json = nlohmann::json::parse(printed(containers, options), nullptr, false);
  must_hold(json.is_array() && json.size() == 2 && json[0]["ctid"] == 101, "its JSON is JSON");
  must_hold(json[0].size() == json[1].size(), "every container has every key");
  options.json = false;
  options.fields_given = true;
  for (const auto& field : field_table()) options.fields.push_back(field.name);
  const std::string table = printed(containers, options);
  must_hold(std::ranges::count(table, '\n') == 3, "a line for the header and one for each container");
  options.sort = field_table()[text.size() % field_table().size()].name;
  sort_containers(containers, options);
}

}  // namespace
}  // namespace vz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (vz::configure_log({.file = {}, .quiet = true}), true);
  (void)quiet;
  vz::shows(vz::as_text(data, size));
  return 0;
}
