// The direction of the arrows: a file includes only from its own floor or from those below, and no two files
// include each other in a circle. The floors are those of docs/design.md.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// By path. Folders of one height are neighbours: they do not include from each other.
const std::map<std::string, int> kHeights = {
    {"libvz/core", 0},       {"ploop", 1},           {"libvz/config", 1},    {"libvz/host", 2},
    {"libvz/network", 3},    {"libvz/storage", 3},   {"libvz/isolation", 3}, {"libvz/distro", 3},
    {"libvz/checkpoint", 4}, {"libvz/container", 5}, {"vzctl", 6},           {"vzlist", 6},
    {"vzmigrate", 6},        {"vzmonitor", 6},       {"tools", 6},           {"completion", 7},
};

struct Include {
  std::string from;
  std::string to;
};

std::string floor_of(const std::string& file) {
  for (const auto& [floor, height] : kHeights) {
    if (file.starts_with(floor + "/")) return floor;
  }
  return {};
}

// One's own floor or a lower one. ploop stands beside libvz: storage uses it, nothing else does, and it knows
// only core.
bool allowed(const std::string& from, const std::string& to) {
  if (from == to) return true;
  if (to == "ploop") return from == "libvz/storage" || kHeights.at(from) == 6;
  return kHeights.at(to) < kHeights.at(from);
}

std::vector<Include> includes_in(const fs::path& root, const fs::path& file) {
  std::vector<Include> found;
  std::ifstream stream(file);
  const std::string from = file.lexically_relative(root).string();
  constexpr std::string_view kInclude = "#include \"";
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(kInclude)) continue;
    const size_t end = line.find('"', kInclude.size());
    found.push_back({from, line.substr(kInclude.size(), end - kInclude.size())});
  }
  return found;
}

std::vector<Include> all_includes(const fs::path& root) {
  std::vector<Include> all;
  for (const auto& [floor, height] : kHeights) {
    if (!fs::exists(root / floor)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / floor)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      for (auto& include : includes_in(root, entry.path())) all.push_back(std::move(include));
    }
  }
  return all;
}

std::vector<std::string> violations(const std::vector<Include>& includes) {
  std::vector<std::string> found;
  for (const auto& [from, to] : includes) {
    const std::string upper = floor_of(from);
    const std::string lower = floor_of(to);
    if (lower.empty()) continue;  // generated
    if (!allowed(upper, lower)) found.push_back(from + " includes " + to);
  }
  return found;
}

// Depth first; path holds the files from the start to here.
void find_circles(const std::string& file, const std::multimap<std::string, std::string>& graph,
                  std::vector<std::string>& path, std::set<std::string>& done,
                  std::vector<std::string>& circles) {
  const auto again = std::find(path.begin(), path.end(), file);
  if (again != path.end()) {
    std::string circle;
    for (auto it = again; it != path.end(); ++it) circle += *it + " -> ";
    circles.push_back(circle + file);
    return;
  }
  if (!done.insert(file).second) return;
  path.push_back(file);
  for (auto [it, end] = graph.equal_range(file); it != end; ++it)
    find_circles(it->second, graph, path, done, circles);
  path.pop_back();
}

std::vector<std::string> circles_in(const std::vector<Include>& includes) {
  std::multimap<std::string, std::string> graph;
  for (const auto& [from, to] : includes) graph.emplace(from, to);
  std::vector<std::string> circles;
  std::vector<std::string> path;
  std::set<std::string> done;
  for (const auto& [from, to] : includes) find_circles(from, graph, path, done, circles);
  return circles;
}

TEST(Floors, AFileIncludesOnlyFromItsOwnFloorOrBelow) {
  const auto includes = all_includes(VZ_SOURCE_DIR);
  ASSERT_GT(includes.size(), 100U) << "the sources were not found";
  EXPECT_THAT(violations(includes), testing::IsEmpty());
}

TEST(Floors, NoFilesIncludeEachOtherInACircle) {
  EXPECT_THAT(circles_in(all_includes(VZ_SOURCE_DIR)), testing::IsEmpty());
}

TEST(Floors, AnArrowUpwardsIsSeen) {
  EXPECT_THAT(violations({{"libvz/core/a.h", "libvz/config/b.h"}}), testing::SizeIs(1));
  EXPECT_THAT(violations({{"libvz/network/a.h", "libvz/storage/b.h"}}), testing::SizeIs(1));
  EXPECT_THAT(violations({{"vzctl/a.h", "vzlist/b.h"}}), testing::SizeIs(1));
  EXPECT_THAT(violations({{"ploop/a.h", "libvz/config/b.h"}}), testing::SizeIs(1));
  EXPECT_THAT(violations({{"libvz/storage/a.h", "ploop/b.h"}, {"ploop/a.h", "libvz/core/b.h"}}),
              testing::IsEmpty());
}

TEST(Floors, ACircleIsSeen) {
  EXPECT_THAT(circles_in({{"a.h", "b.h"}, {"b.h", "c.h"}, {"c.h", "a.h"}}),
              testing::ElementsAre("a.h -> b.h -> c.h -> a.h"));
  EXPECT_THAT(circles_in({{"a.h", "b.h"}, {"a.h", "c.h"}, {"b.h", "c.h"}}), testing::IsEmpty());
}

}  // namespace
