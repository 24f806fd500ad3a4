#pragma once

#include <string>
#include <vector>

#include "libvz/core/test_directory.h"

namespace vz {

// What a program said and how it ended.
struct Said {
  std::string out;
  std::string err;
  int code = -1;
  bool operator==(const Said&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const Said& said);

// A host's directories in a temporary place, with a vz.conf, and the built programs that work there. Nothing
// of it needs rights.
class Host {
 public:
  Host();

  // Runs a program. Its path in its output is shown as its name.
  Said vzctl(const std::vector<std::string>& words) const;
  Said vzlist(const std::vector<std::string>& words) const;
  Said vzmigrate(const std::vector<std::string>& words) const;
  // One of the programs of tools/, with this on its standard input.
  Said tool(const std::string& name, const std::vector<std::string>& words,
            const std::string& input = "") const;

  // CTID.conf, and an empty private area.
  void add_container(const std::string& ctid, const std::string& config = "") const;

  const TestDirectory& files() const { return files_; }
  std::string conf(const std::string& name) const { return files_ / ("etc/vz/conf/" + name); }
  std::string root(const std::string& ctid) const { return files_ / ("vz/root/" + ctid); }
  std::string private_area(const std::string& ctid) const { return files_ / ("vz/private/" + ctid); }

 private:
  Said run(const std::string& program, const std::string& shown, const std::vector<std::string>& words,
           const std::string& input = "") const;

  TestDirectory files_;
};

}  // namespace vz
