#include "vzmigrate/message_stream.h"

#include <gmock/gmock.h>

#include <thread>

#include "libvz/core/fd.h"

namespace vz {
namespace {

using testing::HasSubstr;

MigrateCode code_of(const Error& error) {
  return static_cast<MigrateCode>(error.code());
}

// Two streams that talk with each other.
struct Line {
  Pipe there = *make_pipe();
  Pipe back = *make_pipe();
  MessageStream here{back.read.get(), there.write.get()};
  MessageStream peer{there.read.get(), back.write.get()};
};

protocol::Message file_data(std::string data) {
  protocol::Message message;
  message.mutable_file_data()->set_data(std::move(data));
  return message;
}

protocol::Message failure(int code, const std::string& text) {
  protocol::Message message;
  message.mutable_failure()->set_exit_code(code);
  message.mutable_failure()->set_text(text);
  return message;
}

protocol::Message hello(unsigned version) {
  protocol::Message message;
  message.mutable_hello()->set_protocol(version);
  message.mutable_hello()->set_program("vzmigrate 9.9");
  return message;
}

std::string header(std::uint32_t size) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>((size >> (8 * i)) & 0xff);
  return bytes;
}

// What becomes of these bytes and the end of the stream after them.
Result<protocol::Message> received(const std::string& bytes) {
  Line line;
  EXPECT_TRUE(write_all(line.back.write.get(), bytes));
  line.back.write.reset();
  return line.here.receive();
}

TEST(MessageStream, CarriesMessagesInTheirOrder) {
  Line line;
  ASSERT_TRUE(line.here.send(file_data("one")));
  ASSERT_TRUE(line.here.send(hello(7)));
  const auto first = line.peer.receive();
  const auto second = line.peer.receive();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->file_data().data(), "one");
  EXPECT_EQ(second->hello().protocol(), 7U);
}

TEST(MessageStream, CarriesMoreThanAPipeHolds) {
  Line line;
  const std::string data(size_t{3} << 20, '\x80');
  std::thread sender([&] { EXPECT_TRUE(line.here.send(file_data(data))); });
  const auto got = line.peer.receive();
  sender.join();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->file_data().data() == data);
}

TEST(MessageStream, DoesNotSendWhatTheOtherSideWouldRefuse) {
  Line line;
  const auto sent = line.here.send(file_data(std::string(MessageStream::kLargestFrame, 'x')));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().text(), "message too large");
}

TEST(MessageStream, AnEndIsToldApartFromAnAnswer) {
  for (const std::string& cut : {std::string(), header(5).substr(0, 3), header(5), header(5) + "abc"}) {
    const auto got = received(cut);
    ASSERT_FALSE(got) << cut.size();
    EXPECT_EQ(got.error().text(), "the connection ended");
    EXPECT_EQ(code_of(got.error()), MigrateCode::cannot_connect);
  }
}

TEST(MessageStream, WhatIsNoMessageIsRefused) {
  const std::string text = "bash: line 1: vzmigrate: command not found\n";
  for (const std::string& bytes : {text,                                             // as a length: too large
                                   header(0),                                        // no kind
                                   header(0xffffffff),                               //
                                   header(MessageStream::kLargestFrame + 1) + text,  //
                                   header(4) + "\xff\xff\xff\xff",                   // no protobuf
                                   header(2) + std::string("\x0a\x00", 2)}) {  // required fields missing
    const auto got = received(bytes);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().text(), "the other side does not speak vzmigrate's protocol");
    EXPECT_EQ(code_of(got.error()), MigrateCode::cannot_connect);
  }
}

TEST(MessageStream, AFailureBecomesItsError) {
  Line line;
  ASSERT_TRUE(line.peer.send(failure(12, "IP address(es) already in use")));
  const auto reply = line.here.receive_reply();
  ASSERT_FALSE(reply);
  EXPECT_EQ(code_of(reply.error()), MigrateCode::ip_in_use);
  EXPECT_EQ(reply.error().text(), "IP address(es) already in use");
  ASSERT_TRUE(line.peer.send(failure(7, "x")));
  const auto done = line.here.receive_done();
  ASSERT_FALSE(done);
  EXPECT_EQ(code_of(done.error()), MigrateCode::restore_failed);
}

TEST(MessageStream, AFailureIsNeverASuccessForTheShell) {
  for (const int code : {0, 256, -1, 512, 1 << 30}) {
    Line line;
    ASSERT_TRUE(line.peer.send(failure(code, "x")));
    const auto reply = line.here.receive_reply();
    ASSERT_FALSE(reply);
    EXPECT_EQ(code_of(reply.error()), MigrateCode::cannot_connect) << code;
  }
}

TEST(MessageStream, OnlyDoneIsDone) {
  Line line;
  ASSERT_TRUE(line.peer.send(hello(1)));
  const auto done = line.here.receive_done();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(), HasSubstr("an answer that does not fit"));
  protocol::Message message;
  auto& step = *message.mutable_done()->add_steps();
  step.set_name("Undump");
  step.set_milliseconds(2.5);
  ASSERT_TRUE(line.peer.send(message));
  const auto times = line.here.receive_done();
  ASSERT_TRUE(times);
  EXPECT_EQ(times->steps(0).name(), "Undump");
}

TEST(MessageStream, SameVersionsGreetEachOther) {
  Line line;
  std::thread peer([&] { EXPECT_TRUE(line.peer.greet()); });
  EXPECT_TRUE(line.here.greet());
  peer.join();
}

TEST(MessageStream, AnotherVersionIsNamed) {
  Line line;
  ASSERT_TRUE(line.peer.send(hello(kProtocolVersion + 1)));
  const auto greeted = line.here.greet();
  ASSERT_FALSE(greeted);
  EXPECT_EQ(code_of(greeted.error()), MigrateCode::not_ready);
  EXPECT_THAT(greeted.error().text(), HasSubstr("vzmigrate 9.9 (protocol 2)"));
  EXPECT_THAT(greeted.error().text(), HasSubstr("vzmigrate " VZ_VERSION " (protocol 1)"));
}

TEST(MessageStream, AGreetingIsNothingElse) {
  Line line;
  ASSERT_TRUE(line.peer.send(file_data("x")));
  const auto greeted = line.here.greet();
  ASSERT_FALSE(greeted);
  EXPECT_EQ(code_of(greeted.error()), MigrateCode::not_ready);
  ASSERT_TRUE(line.peer.send(failure(19, "no vz.conf")));
  const auto refused = line.here.greet();
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), MigrateCode::remote_config);
}

}  // namespace
}  // namespace vz
