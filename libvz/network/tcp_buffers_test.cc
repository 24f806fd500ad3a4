#include "libvz/network/tcp_buffers.h"

#include <gmock/gmock.h>

namespace vz {
namespace {

TEST(TcpBuffers, AreAtMostTheLimitAndAtMostTheHosts) {
  const std::string host = "4096\t131072\t6291456\n";
  EXPECT_EQ(limited_tcp_buffers(host, 1 << 20), "4096 131072 1048576");
  EXPECT_EQ(limited_tcp_buffers(host, 65536), "4096 65536 65536");
  EXPECT_EQ(limited_tcp_buffers(host, ~0ULL), "4096 131072 6291456");
}

TEST(TcpBuffers, AreNeverTooSmallForASegment) {
  EXPECT_EQ(limited_tcp_buffers("4096 16384 4194304", 0), "4096 4608 4608");
}

}  // namespace
}  // namespace vz
