#include "tools/vzsplit/share.h"

#include <gtest/gtest.h>

#include "libvz/config/config_file.h"
#include "tools/vzcfgvalidate/rules.h"

namespace vz {
namespace {

WholeHost host(std::uint64_t megabytes, std::uint64_t swap_megabytes = 0) {
  WholeHost out;
  out.memory = {.ram = megabytes << 20, .swap = swap_megabytes << 20, .low = megabytes << 20};
  out.threads = 16000;
  return out;
}

TEST(Share, EveryShareThatIsGivenPassesTheValidator) {
  size_t checked = 0;
  for (const std::uint64_t megabytes : {128, 512, 2048, 8192, 65536, 1048576}) {
    const WholeHost whole = host(megabytes, megabytes / 2);
    const std::uint64_t most = most_containers(whole.memory);
    for (const std::uint64_t containers :
         {std::uint64_t{1}, std::uint64_t{2}, most / 100, most / 10, most / 2, most}) {
      if (containers < 1) continue;
      const auto share = share_of(whole, containers);
      if (!share) continue;
      Parameters parameters;
      EXPECT_TRUE(
          read_parameters("sample", sample_text(whole, containers, *share, false), parameters).empty());
      std::string said;
      const bool valid = check_classic(parameters, [&](const Finding& finding) {
        if (!finding.message.starts_with("Recommendation")) said += finding.message + "\n";
        return false;
      });
      // Where nothing is to spare, receive buffers get only what is left.
      EXPECT_TRUE(valid || share->level == 3) << megabytes << " MB, " << containers << ":\n" << said;
      ++checked;
    }
  }
  EXPECT_GT(checked, 20U);
}

TEST(Share, LevelsGoUpAsResourcesGetScarce) {
  const WholeHost whole = host(8192);
  unsigned last = 0;
  for (std::uint64_t containers = 1; containers <= most_containers(whole.memory); ++containers) {
    const auto share = share_of(whole, containers);
    if (!share) break;
    EXPECT_GE(share->level, last) << containers;
    last = share->level;
  }
  EXPECT_EQ(last, 3U);
}

TEST(Share, TooManyContainersAreAnError) {
  const WholeHost whole = host(128);
  const auto share = share_of(whole, 2 * most_containers(whole.memory));
  ASSERT_FALSE(share);
  EXPECT_EQ(share.error().text(), "Fatal resource shortage, try to decrease the number of containers");
  EXPECT_EQ(most_containers({.ram = kHostReserve, .swap = 0, .low = kHostReserve}), 0U);
}

TEST(Share, AVswapSampleIsReadBackAsSuch) {
  const WholeHost whole = host(8192, 4096);
  const auto share = share_of(whole, 10);
  ASSERT_TRUE(share);
  Parameters parameters;
  EXPECT_TRUE(read_parameters("sample", sample_text(whole, 10, *share, true), parameters).empty());
  EXPECT_TRUE(is_vswap(parameters));
  EXPECT_EQ(parameters.swappages->limit, 2 * parameters.physpages->limit);
  EXPECT_EQ(*parameters.kmemsize, (BarrierLimit{kUnlimited, kUnlimited}));
}

TEST(Share, ADiskThatIsNotKnownGivesTheDefault) {
  WholeHost whole = host(8192);
  EXPECT_EQ(share_of(whole, 10)->disk_kilobytes, (SoftHard{204800, 225280}));
  EXPECT_EQ(share_of(whole, 10)->disk_inodes, (SoftHard{80000, 88000}));
  whole.disk_kilobytes = 22000000;
  whole.disk_inodes = 2200000;
  EXPECT_EQ(share_of(whole, 10)->disk_kilobytes, (SoftHard{1000000, 1100000}));
  EXPECT_EQ(share_of(whole, 10)->disk_inodes, (SoftHard{100000, 110000}));
}

}  // namespace
}  // namespace vz
