// What the kernel offers, and Node does not: locks, ioctls, mounts. Each function returns what the call
// does, or its errno as a negative number; src/native/system.ts makes errors of those.
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/falloc.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>

#include "addon.h"

namespace {

Napi::Value Result(const Napi::CallbackInfo& info, int result) {
  return Napi::Number::New(info.Env(), result < 0 ? -errno : result);
}

int FdOf(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

// flock(fd, operation): on the calling thread, so always with LOCK_NB.
Napi::Value Flock(const Napi::CallbackInfo& info) {
  return Result(info, flock(FdOf(info[0]), FdOf(info[1]) | LOCK_NB));
}

// ioctl(fd, request, number | bytes): the bytes are what the request reads and fills in.
Napi::Value Ioctl(const Napi::CallbackInfo& info) {
  const unsigned long request = info[1].As<Napi::Number>().Uint32Value();
  if (info[2].IsNumber())
    return Result(info, ioctl(FdOf(info[0]), request, static_cast<unsigned long>(FdOf(info[2]))));
  return Result(info, ioctl(FdOf(info[0]), request, info[2].As<Napi::Uint8Array>().Data()));
}

// partition(fd, number, startBytes, sizeBytes): adds it to what the kernel knows; with a size of 0 the
// kernel forgets it.
Napi::Value Partition(const Napi::CallbackInfo& info) {
  blkpg_partition partition = {};
  partition.pno = FdOf(info[1]);
  partition.start = info[2].As<Napi::Number>().Int64Value();
  partition.length = info[3].As<Napi::Number>().Int64Value();
  blkpg_ioctl_arg argument = {};
  argument.op = partition.length > 0 ? BLKPG_ADD_PARTITION : BLKPG_DEL_PARTITION;
  argument.datalen = sizeof(partition);
  argument.data = &partition;
  return Result(info, ioctl(FdOf(info[0]), BLKPG, &argument));
}

// A call that takes a while, on libuv's thread pool; the callback gets what it returns.
class Call : public Napi::AsyncWorker {
 public:
  using Napi::AsyncWorker::AsyncWorker;

 protected:
  virtual int Run() = 0;

  void Execute() override { result_ = Run(); }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    return {env.Null(), Napi::Number::New(env, result_)};
  }

 private:
  int result_ = 0;
};

class Zero : public Call {
 public:
  explicit Zero(const Napi::CallbackInfo& info)
      : Call(info[3].As<Napi::Function>(), "zero"),
        fd_(FdOf(info[0])),
        start_(info[1].As<Napi::Number>().Int64Value()),
        length_(info[2].As<Napi::Number>().Int64Value()) {}

 protected:
  int Run() override { return fallocate(fd_, FALLOC_FL_ZERO_RANGE, start_, length_) < 0 ? -errno : 0; }

 private:
  const int fd_;
  const off_t start_;
  const off_t length_;
};

class Writeback : public Call {
 public:
  explicit Writeback(const Napi::CallbackInfo& info)
      : Call(info[1].As<Napi::Function>(), "writeback"), fd_(FdOf(info[0])) {}

 protected:
  int Run() override { return sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE) < 0 ? -errno : 0; }

 private:
  const int fd_;
};

class Mount : public Call {
 public:
  explicit Mount(const Napi::CallbackInfo& info)
      : Call(info[5].As<Napi::Function>(), "mount"),
        source_(info[0].ToString()),
        directory_(info[1].ToString()),
        type_(info[2].ToString()),
        flags_(info[3].As<Napi::Number>().Uint32Value()),
        data_(info[4].ToString()) {}

 protected:
  // A mount namespace belongs to a thread: one of its own, so that no other work ends up in it.
  int Run() override {
    int result = 0;
    std::thread thread([&] { result = RunAlone(); });
    thread.join();
    return result;
  }

 private:
  int RunAlone() const {
    if (unshare(CLONE_NEWNS) < 0) return -errno;
    // Fails where / is no mount point, in a chroot: the mount is then seen elsewhere until it is
    // detached, some lines below.
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (mount(source_.c_str(), directory_.c_str(), type_.c_str(), flags_, data_.c_str()) < 0) return -errno;
    const int fd = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int result = fd < 0 ? -errno : fd;
    // From now on only the descriptor leads there, and closing it unmounts.
    umount2(directory_.c_str(), MNT_DETACH);
    return result;
  }

  const std::string source_;
  const std::string directory_;
  const std::string type_;
  const unsigned long flags_;
  const std::string data_;
};

// zero(fd, startBytes, lengthBytes, callback(error, result)): by the device itself, or the kernel for it.
void StartZero(const Napi::CallbackInfo& info) { (new Zero(info))->Queue(); }

// writeback(fd, callback(error, result)): begins to write the whole file, and does not wait for that.
void StartWriteback(const Napi::CallbackInfo& info) { (new Writeback(info))->Queue(); }

// mount(source, directory, type, flags, data, callback(error, fd)): the directory is the mount point
// only for a moment; the descriptor gives access to the file system, as /proc/self/fd/N.
void StartMount(const Napi::CallbackInfo& info) { (new Mount(info))->Queue(); }

}  // namespace

Napi::Object DefineSystem(Napi::Env env) {
  auto system = Napi::Object::New(env);
  system.Set("flock", Napi::Function::New(env, Flock));
  system.Set("ioctl", Napi::Function::New(env, Ioctl));
  system.Set("partition", Napi::Function::New(env, Partition));
  system.Set("zero", Napi::Function::New(env, StartZero));
  system.Set("writeback", Napi::Function::New(env, StartWriteback));
  system.Set("mount", Napi::Function::New(env, StartMount));
  return system;
}
