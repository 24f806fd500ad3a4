#include "tests/golden/host.h"

#include <ostream>
#include <stdexcept>

#include "libvz/core/process.h"

namespace vz {

std::ostream& operator<<(std::ostream& stream, const Said& said) {
  return stream << "stdout: " << said.out << "stderr: " << said.err << "exit code " << said.code;
}

Host::Host() {
  const std::string& top = files_.path();
  files_.write("etc/vz/vz.conf", "LOCKDIR=\"" + top + "/lock\"\nVE_ROOT=\"" + top +
                                     "/vz/root/$VEID\"\nVE_PRIVATE=\"" + top +
                                     "/vz/private/$VEID\"\nVE_LAYOUT=\"simfs\"\n");
  (void)make_directories(files_ / "etc/vz/conf");
  (void)make_directories(files_ / "etc/vz/names");
}

Said Host::vzctl(const std::vector<std::string>& words) const {
  return run(VZCTL_PROGRAM, "vzctl", words);
}

Said Host::vzlist(const std::vector<std::string>& words) const {
  return run(VZLIST_PROGRAM, "vzlist", words);
}

Said Host::vzmigrate(const std::vector<std::string>& words) const {
  return run(VZMIGRATE_PROGRAM, "vzmigrate", words);
}

Said Host::tool(const std::string& name, const std::vector<std::string>& words,
                const std::string& input) const {
  return run(std::string(VZ_TOOLS_DIR) + "/" + name, name, words, input);
}

void Host::add_container(const std::string& ctid, const std::string& config) const {
  files_.write("etc/vz/conf/" + ctid + ".conf", config);
  (void)make_directories(private_area(ctid));
}

Said Host::run(const std::string& program, const std::string& shown, const std::vector<std::string>& words,
               const std::string& input) const {
  Command command;
  command.argv = {program};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment.push_back("VZ_PREFIX=" + files_.path());
  if (!input.empty()) command.input = input;
  command.timeout = std::chrono::seconds(30);
  const auto finished = vz::run(command);
  if (!finished) throw std::runtime_error(finished.error().text());
  Said said{finished->output, finished->errors,
            finished->signal == 0 ? finished->exit_code : -finished->signal};
  for (std::string* text : {&said.out, &said.err}) {
    for (size_t at = text->find(program); at != std::string::npos; at = text->find(program)) {
      text->replace(at, program.size(), shown);
    }
  }
  return said;
}

}  // namespace vz
