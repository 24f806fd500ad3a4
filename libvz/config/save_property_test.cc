// Whatever stands in a configuration file, saving one parameter changes one line. The files are made up at
// random, from a seed that a failure names: VZ_TEST_SEED=N repeats it.

#include <gmock/gmock.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "libvz/config/config_file.h"
#include "libvz/config/parameter_table.h"
#include "libvz/config/save.h"
#include "libvz/core/log.h"
#include "libvz/core/test_directory.h"

namespace vz {
namespace {

// A value for every key, and none that another key's parser would be asked to take.
struct Sample {
  const char* key;
  const char* value;
};
constexpr Sample kSamples[] = {
    {"ONBOOT", "yes"},
    {"NUMPROC", "100:200"},
    {"KMEMSIZE", "14372700:14790164"},
    {"PHYSPAGES", "0:65536"},
    {"SWAPPAGES", "0:131072"},
    {"DISKSPACE", "2097152:2306867"},
    {"CPUUNITS", "1000"},
    {"HOSTNAME", "ct.example"},
    {"DESCRIPTION", "what \"quotes\", \\ $ and ` do"},
    {"IP_ADDRESS", "10.0.0.1/24 2001:db8::1"},
    {"NAMESERVER", "10.0.0.2 10.0.0.3"},
    {"NETIF", "ifname=eth0,bridge=br0;ifname=eth1"},
    {"CAPABILITY", "NET_ADMIN:on SYS_TIME:off"},
    {"FEATURES", "nfs:on ppp:off"},
    {"VE_ROOT", "/vz/root/$VEID"},
    {"VM_OVERCOMMIT", "1.5"},
    {"DEVNODES", "net/tun:rw "},
    {"BOOTORDER", "7"},
    {"DCACHESIZE", "3409920:3624960"},
};

class SaveProperty : public testing::Test {
 protected:
  SaveProperty() {
    configure_log({.file = {}, .quiet = true});
    const char* given = std::getenv("VZ_TEST_SEED");
    seed_ = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 1;
    random_.seed(seed_);
  }
  ~SaveProperty() override { configure_log({.file = {}}); }

  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string junk() {
    constexpr std::string_view kBytes = "abcXYZ019 \t\"\"\\\\=#$`'{}:;,.-_/\xc3\xa4\xff\x01\x7f";
    std::string text;
    for (size_t left = below(20); left > 0; --left) text += kBytes[below(kBytes.size())];
    return text;
  }

  // A line as people, programs and accidents leave it.
  std::string line() {
    const auto& sample = kSamples[below(std::size(kSamples))];
    const auto& row = parameter_table()[below(parameter_table().size())];
    switch (below(10)) {
      case 0:
        return "";
      case 1:
        return "# " + junk();
      case 2:
        return "#UUID: " + junk();
      case 3:
        return std::string(row.key) + "=\"" + junk() + "\"";
      case 4:
        return "OTHER_" + std::to_string(below(3)) + "=" + junk();
      case 5:
        return junk();
      case 6:
        return "  " + std::string(row.key) + "=" + junk();
      case 7:
        return "DCACHE=\"" + std::to_string(below(9)) + ":9\"";
      default:
        return std::string(sample.key) + "=\"" + sample.value + "\"";
    }
  }

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (size_t left = below(25); left > 0; --left) all.push_back(line());
    return all;
  }

  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }

  static bool sets(const std::string& line, const Parameter& row) {
    const size_t start = line.find_first_not_of(" \t\r\v\f");
    if (start == std::string::npos) return false;
    const auto begins = [&](std::string_view key) {
      return !key.empty() && line.compare(start, key.size() + 1, std::string(key) + "=") == 0;
    };
    return begins(row.key) || begins(row.alias);
  }

  // What the file has to be after key was saved with that line: in the place of the first line that sets it,
  // or at the end; later lines that would undo it are gone, all others are as they were.
  static std::vector<std::string> expected(const std::vector<std::string>& before, const Parameter& row,
                                           const std::string& saved) {
    std::vector<std::string> after;
    bool done = false;
    for (const auto& line : before) {
      if (!sets(line, row)) {
        after.push_back(line);
      } else if (!done) {
        after.push_back(saved);
        done = true;
      }
    }
    if (!done) after.push_back(saved);
    return after;
  }

  unsigned seed_;
  std::mt19937 random_;
};

constexpr int kRounds = 2000;

TEST_F(SaveProperty, AFileThatNothingIsChangedInStaysAsItIs) {
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = joined(lines());
    ASSERT_EQ(ConfigEditor(text).text(), text) << "seed " << seed_ << ", round " << round;
  }
}

TEST_F(SaveProperty, SavingAParameterChangesOneLine) {
  const TestDirectory files;
  const std::string path = files / "101.conf";
  for (int round = 0; round < kRounds; ++round) {
    const auto before = lines();
    const auto& sample = kSamples[below(std::size(kSamples))];
    Parameters changes;
    ParseContext context;
    ASSERT_TRUE(find_parameter(sample.key)->parse(sample.value, context, changes)) << sample.key;
    // Without the disk's waits; save_parameters() itself is tested below.
    ConfigEditor editor(joined(before));
    const auto& row = *find_parameter(sample.key);
    ASSERT_TRUE(editor.set(row.key, *row.print(changes), row.alias));
    ConfigEditor alone("");
    ASSERT_TRUE(alone.set(row.key, *row.print(changes)));
    std::string saved = alone.text();
    saved.pop_back();
    ASSERT_EQ(editor.text(), joined(expected(before, row, saved)))
        << "seed " << seed_ << ", round " << round << ", " << sample.key;
  }
}

TEST_F(SaveProperty, WhatIsSavedIsReadBackAndNothingElseIsDifferent) {
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = joined(lines());
    const auto& sample = kSamples[below(std::size(kSamples))];
    const auto& row = *find_parameter(sample.key);
    Parameters changes;
    ParseContext context;
    ASSERT_TRUE(row.parse(sample.value, context, changes));
    ConfigEditor editor(text);
    ASSERT_TRUE(editor.set(row.key, *row.print(changes), row.alias));
    Parameters before;
    Parameters after;
    (void)read_parameters("before", text, before);
    (void)read_parameters("after", editor.text(), after);
    for (const auto& other : parameter_table()) {
      if (&other == &row) continue;
      ASSERT_TRUE(other.equal(before, after)) << "seed " << seed_ << ", round " << round << ": saving "
                                              << row.key << " changed " << other.key << " in\n"
                                              << text;
    }
    ASSERT_TRUE(row.equal(after, changes))
        << "seed " << seed_ << ", round " << round << ": " << row.key << " in\n"
        << text;
  }
}

TEST_F(SaveProperty, EveryParameterSurvivesSavingAndReading) {
  const TestDirectory files;
  const std::string path = files / "101.conf";
  for (const auto& sample : kSamples) {
    Parameters changes;
    ParseContext context;
    const auto& row = *find_parameter(sample.key);
    ASSERT_TRUE(row.parse(sample.value, context, changes)) << sample.key;
    const auto before = lines();
    files.write("101.conf", joined(before));
    ASSERT_TRUE(save_parameters(path, changes)) << sample.key;
    Parameters read;
    (void)read_parameters(path, files.read("101.conf"), read);
    EXPECT_TRUE(row.equal(read, changes)) << sample.key;
    // Once more: nothing is different any more.
    const std::string once = files.read("101.conf");
    ASSERT_TRUE(save_parameters(path, changes));
    EXPECT_EQ(files.read("101.conf"), once);
  }
}

}  // namespace
}  // namespace vz
