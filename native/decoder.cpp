// Decompression for JavaScript, straight from the caller's memory into the caller's memory on libuv's
// thread pool. No buffer is made here and no byte is copied twice.
#include "addon.h"
#include "codec.h"

namespace {

// Without a limit, the caller has compared what the data needs with the available memory.
std::unique_ptr<Codec> MakeCodec(Napi::Env env, const std::string& format, Napi::Value limit) {
  const uint64_t limit_bytes = limit.IsNumber() ? limit.ToNumber().Int64Value() : UINT64_MAX;
  try {
    if (format == "xz") return MakeXz(limit_bytes);
    if (format == "gzip") return MakeGzip();
    if (format == "zstd") return MakeZstd(limit_bytes);
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "out of memory for a decoder");
  }
  throw Napi::TypeError::New(env, "new Decoder('xz', 'gzip' or 'zstd')");
}

class Decoder : public Napi::ObjectWrap<Decoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Decoder",
                       {InstanceMethod("code", &Decoder::Code), InstanceMethod("close", &Decoder::Close)});
  }

  // new Decoder(format, memory limit in bytes or undefined)
  explicit Decoder(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Decoder>(info), codec_(MakeCodec(info.Env(), info[0].ToString(), info[1])) {}

 private:
  class Work;

  // code(input, outputs, callback): fills one output after the other, and calls back with (status,
  // bytes used, bytes made, message). One call at a time; all arrays stay where they are meanwhile.
  void Code(const Napi::CallbackInfo& info);

  // Frees the codec and its dictionary. Nothing can be decoded any more.
  void Close(const Napi::CallbackInfo& info) {
    if (busy_) throw Napi::Error::New(info.Env(), "closed while decoding");
    codec_.reset();
  }

  std::unique_ptr<Codec> codec_;
  bool busy_ = false;
};

class Decoder::Work : public Napi::AsyncWorker {
 public:
  Work(Decoder& decoder, Napi::Object self, Napi::Uint8Array input, Napi::Array outputs,
       Napi::Function callback)
      : Napi::AsyncWorker(callback, "decode"),
        decoder_(decoder),
        self_(Napi::Persistent(self)),
        input_(Napi::Persistent<Napi::Object>(input)),
        outputs_(Napi::Persistent<Napi::Object>(outputs)),
        data_(input.Data()),
        bytes_(input.ByteLength()),
        rooms_(MemoryOf(outputs)) {}

 protected:
  void Execute() override {
    for (const auto& room : rooms_) {
      Buffers left = {data_ + used_, bytes_ - used_, room.data, room.bytes};
      status_ = decoder_.codec_->Decode(left);
      used_ = bytes_ - left.input_bytes;
      made_ += room.bytes - left.output_bytes;
      if (status_ != Status::kOk || left.output_bytes > 0) break;
    }
  }

  void OnWorkComplete(Napi::Env env, napi_status status) override {
    decoder_.busy_ = false;
    Napi::AsyncWorker::OnWorkComplete(env, status);
  }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    const auto number = [env](double value) { return Napi::Number::New(env, value); };
    return {number(static_cast<int>(status_)), number(used_), number(made_),
            Napi::String::New(env, decoder_.codec_->Message())};
  }

 private:
  Decoder& decoder_;
  // Keep alive what the thread works on.
  Napi::ObjectReference self_;
  Napi::ObjectReference input_;
  Napi::ObjectReference outputs_;
  const uint8_t* const data_;
  const size_t bytes_;
  const std::vector<Memory> rooms_;
  size_t used_ = 0;
  size_t made_ = 0;
  Status status_ = Status::kOk;
};

void Decoder::Code(const Napi::CallbackInfo& info) {
  if (busy_ || !codec_ || !info[0].IsTypedArray() || !info[1].IsArray() || !info[2].IsFunction())
    throw Napi::TypeError::New(info.Env(), "code(input, outputs, callback), one at a time");
  auto* work = new Work(*this, info.This().As<Napi::Object>(), info[0].As<Napi::Uint8Array>(),
                        info[1].As<Napi::Array>(), info[2].As<Napi::Function>());
  busy_ = true;
  work->Queue();
}

}  // namespace

Napi::Function DefineDecoder(Napi::Env env) { return Decoder::Define(env); }
