#include "tools/vzcfgvalidate/rules.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace vz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Every rule is kept.
Parameters sound() {
  Parameters p;
  p.numproc = p.numtcpsock = p.numothersock = BarrierLimit{100, 100};
  p.avnumproc = BarrierLimit{50, 50};
  p.vmguarpages = p.oomguarpages = BarrierLimit{1000, kUnlimited};
  p.numfile = BarrierLimit{1700, 1700};
  p.dcachesize = BarrierLimit{600000, 652800};
  p.kmemsize = BarrierLimit{2700800, 3000000};
  p.tcpsndbuf = p.tcprcvbuf = p.othersockbuf = BarrierLimit{200000, 456000};
  p.dgramrcvbuf = BarrierLimit{132096, 132096};
  p.privvmpages = BarrierLimit{1000, 1100};
  p.lockedpages = BarrierLimit{32, 32};
  p.shmpages = BarrierLimit{100, 100};
  p.physpages = BarrierLimit{0, kUnlimited};
  p.numflock = BarrierLimit{100, 110};
  p.numpty = BarrierLimit{16, 16};
  p.numsiginfo = BarrierLimit{256, 256};
  p.numiptent = BarrierLimit{24, 24};
  return p;
}

struct Outcome {
  bool valid = false;
  std::vector<std::string> said;  // messages and proposals
};

Outcome classic(Parameters& p, bool repair = false) {
  Outcome outcome;
  outcome.valid = check_classic(p, [&](const Finding& finding) {
    outcome.said.push_back(finding.message);
    if (!finding.proposal.empty()) outcome.said.push_back(finding.proposal);
    return repair;
  });
  return outcome;
}

TEST(ValidateRules, SoundParametersAreValid) {
  Parameters p = sound();
  const Outcome outcome = classic(p);
  EXPECT_TRUE(outcome.valid);
  EXPECT_THAT(outcome.said, IsEmpty());
}

TEST(ValidateRules, WithoutTheNeededParametersNothingElseIsChecked) {
  Parameters p = sound();
  p.numproc.reset();
  p.numpty.reset();
  p.numtcpsock = BarrierLimit{1, 2};
  const Outcome outcome = classic(p);
  EXPECT_FALSE(outcome.valid);
  EXPECT_THAT(outcome.said,
              ElementsAre("Error: parameter numproc not found", "Error: parameter numpty not found"));
}

TEST(ValidateRules, AMissingParameterCannotBeRepaired) {
  Parameters p = sound();
  p.lockedpages.reset();
  const Outcome outcome = classic(p, true);
  EXPECT_FALSE(outcome.valid);
  EXPECT_THAT(outcome.said, ElementsAre("Error: parameter lockedpages not found"));
}

// One parameter set wrong: what is said of it, and what it becomes.
struct Case {
  std::optional<BarrierLimit> Parameters::*member;
  BarrierLimit wrong;
  std::string message;
  std::string proposal;
  BarrierLimit right;
};

TEST(ValidateRules, EachRuleSaysWhatIsWrongAndRepairsIt) {
  const std::string most = "9223372036854775807";
  const std::vector<Case> cases = {
      {&Parameters::numproc,
       {100, 90},
       "Error: barrier should be equal to limit for numproc (currently, 100:90)",
       "set to 100:100",
       {100, 100}},
      {&Parameters::numsiginfo,
       {1, 5},
       "Error: barrier should be equal to limit for numsiginfo (currently, 1:5)",
       "set to 5:5",
       {5, 5}},
      {&Parameters::lockedpages,
       {5, 1},
       "Error: barrier should be <= limit for lockedpages (currently, 5:1)",
       "set to 5:5",
       {5, 5}},
      {&Parameters::vmguarpages,
       {1000, 5},
       "Error: limit should be = " + most + " for vmguarpages (currently, 5)",
       "set to " + most,
       {1000, kUnlimited}},
      {&Parameters::physpages,
       {7, kUnlimited},
       "Error: barrier should be = 0 for physpages (currently, 7)",
       "set to 0",
       {0, kUnlimited}},
      {&Parameters::physpages,
       {0, 7},
       "Error: limit should be = " + most + " for physpages (currently, 7)",
       "set to " + most,
       {0, kUnlimited}},
      {&Parameters::dcachesize,
       {600000, 652799},
       "Warning: dcachesize.lim should be > 652800 (currently, 652799)",
       "set to 652800",
       {600000, 652800}},
      {&Parameters::kmemsize,
       {2700799, 3000000},
       "Error: kmemsize.bar should be > 2700800 (currently, 2700799)",
       "set to 2700800:3000001",
       {2700800, 3000001}},
      {&Parameters::privvmpages,
       {999, 1100},
       "Warning: privvmpages.bar should be > 1000 (currently, 999)",
       "set to 1000",
       {1000, 1100}},
      {&Parameters::tcpsndbuf,
       {200000, 455999},
       "Error: tcpsndbuf.lim-tcpsndbuf.bar should be > 256000 (currently, 455999-200000=255999)",
       "set to 200000:456000",
       {200000, 456000}},
      {&Parameters::tcprcvbuf,
       {65535, 400000},
       "Warning: tcprcvbuf.bar should be > 65536 (currently, 65535)",
       "set to 65536:400001",
       {65536, 400001}},
      {&Parameters::dgramrcvbuf,
       {32767, 32767},
       "Warning: dgramrcvbuf.bar should be > 32768 (currently, 32767)",
       "set to 32768:32768",
       {32768, 32768}},
      {&Parameters::numfile,
       {1599, 1599},
       "Warning: numfile should be > 1600 (currently, 1599)",
       "set to 1600:1600",
       {1600, 1600}},
  };
  for (const auto& each : cases) {
    Parameters p = sound();
    p.*each.member = each.wrong;
    Outcome outcome = classic(p);
    EXPECT_FALSE(outcome.valid) << each.message;
    EXPECT_THAT(outcome.said, ElementsAre(each.message, each.proposal));
    EXPECT_EQ(*(p.*each.member), each.wrong);
    outcome = classic(p, true);
    EXPECT_TRUE(outcome.valid) << each.message;
    EXPECT_EQ(*(p.*each.member), each.right) << each.message;
    EXPECT_TRUE(classic(p).valid) << each.message;
  }
}

TEST(ValidateRules, ARecommendationMakesNothingInvalid) {
  Parameters p = sound();
  p.dgramrcvbuf = BarrierLimit{132095, 132096};
  const Outcome outcome = classic(p);
  EXPECT_TRUE(outcome.valid);
  EXPECT_THAT(outcome.said,
              ElementsAre("Recommendation: dgramrcvbuf.bar should be > 132096 (currently, 132095)",
                          "set to 132096:132097"));
}

TEST(ValidateRules, HugeNumbersDoNotWrapAround) {
  Parameters p = sound();
  p.numproc = p.numtcpsock = p.numothersock = p.numfile = BarrierLimit{kUnlimited, kUnlimited};
  p.avnumproc = BarrierLimit{kUnlimited, kUnlimited};
  EXPECT_FALSE(classic(p).valid);
  EXPECT_TRUE(classic(p, true).valid);
  EXPECT_EQ(p.kmemsize->barrier, kUnlimited);
  EXPECT_TRUE(classic(p).valid);
}

TEST(ValidateRules, DiskLimitsCountOnlyWithQuota) {
  Parameters p = sound();
  p.diskspace = SoftHard{2, 1};
  EXPECT_TRUE(classic(p).valid);
  p.disk_quota = true;
  EXPECT_THAT(classic(p).said, ElementsAre("Error: barrier should be <= limit for diskspace (currently, 2:1)",
                                           "set to 2:2", "Error: parameter diskinodes not found"));
}

TEST(ValidateRules, HalfOfNumprocIsBusyUnlessAvnumprocSaysOtherwise) {
  Parameters p = sound();
  p.avnumproc.reset();
  EXPECT_TRUE(classic(p).valid);
  p.kmemsize->barrier -= 1;
  EXPECT_FALSE(classic(p).valid);
}

TEST(ValidateRules, VswapNeedsTwoParametersThatFitTheHost) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const HostMemory host{.ram = 1000 * page, .swap = 500 * page, .low = 0};
  Parameters p;
  p.physpages = BarrierLimit{1, 1001};
  std::vector<std::string> said;
  bool repair = false;
  const OnFinding note = [&](const Finding& finding) {
    said.push_back(finding.message);
    return repair;
  };
  EXPECT_FALSE(check_vswap(p, host, note));
  EXPECT_THAT(said, ElementsAre("Error: physpages.bar should be = 0 (currently, 1)",
                                "Warning: physpages.lim should be <= 1000 (currently, 1001)",
                                "Error: parameter swappages not found"));
  p.swappages = BarrierLimit{0, 501};
  repair = true;
  EXPECT_TRUE(check_vswap(p, host, note));
  EXPECT_EQ(*p.physpages, (BarrierLimit{0, 1000}));
  EXPECT_EQ(*p.swappages, (BarrierLimit{0, 500}));
}

}  // namespace
}  // namespace vz
