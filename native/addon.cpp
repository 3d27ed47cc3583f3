// Decompression for JavaScript, straight from the caller's memory into the caller's memory on libuv's
// thread pool. No buffer is made here and no byte is copied twice.
#include <lzma.h>
#include <napi.h>

#include "codec.h"

namespace {

std::unique_ptr<Codec> MakeCodec(Napi::Env env, const std::string& format) {
  try {
    if (format == "xz") return MakeXz();
    if (format == "gzip") return MakeGzip();
    if (format == "zstd") return MakeZstd();
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "there is no memory for a decoder");
  }
  throw Napi::TypeError::New(env, "new Decoder('xz', 'gzip' or 'zstd')");
}

class Decoder : public Napi::ObjectWrap<Decoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Decoder",
                       {InstanceMethod("code", &Decoder::Code), InstanceMethod("close", &Decoder::Close)});
  }

  // new Decoder(format)
  explicit Decoder(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Decoder>(info), codec_(MakeCodec(info.Env(), info[0].ToString())) {}

 private:
  class Work;

  // code(input, output, callback): calls back with (status, bytes used, bytes made, message). One
  // call at a time; both arrays stay where they are meanwhile.
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
  Work(Decoder& decoder, Napi::Object self, Napi::Uint8Array input, Napi::Uint8Array output,
       Napi::Function callback)
      : Napi::AsyncWorker(callback, "decode"),
        decoder_(decoder),
        self_(Napi::Persistent(self)),
        input_(Napi::Persistent<Napi::Object>(input)),
        output_(Napi::Persistent<Napi::Object>(output)),
        given_{input.Data(), input.ByteLength(), output.Data(), output.ByteLength()} {}

 protected:
  void Execute() override {
    status_ = decoder_.codec_->Decode(left_);
  }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    const auto number = [env](double value) { return Napi::Number::New(env, value); };
    decoder_.busy_ = false;
    return {number(static_cast<int>(status_)), number(given_.input_bytes - left_.input_bytes),
            number(given_.output_bytes - left_.output_bytes),
            Napi::String::New(env, decoder_.codec_->Message())};
  }

  void OnOK() override {
    Napi::HandleScope scope(Env());
    Callback().Call(GetResult(Env()));
  }

 private:
  Decoder& decoder_;
  // Keep alive what the thread works on.
  Napi::ObjectReference self_;
  Napi::ObjectReference input_;
  Napi::ObjectReference output_;
  const Buffers given_;
  Buffers left_ = given_;
  Status status_ = Status::kOk;
};

void Decoder::Code(const Napi::CallbackInfo& info) {
  if (busy_ || !codec_ || !info[0].IsTypedArray() || !info[1].IsTypedArray() ||
      !info[2].IsFunction())
    throw Napi::TypeError::New(info.Env(), "code(input, output, callback), one at a time");
  busy_ = true;
  (new Work(*this, info.This().As<Napi::Object>(), info[0].As<Napi::Uint8Array>(),
            info[1].As<Napi::Uint8Array>(), info[2].As<Napi::Function>()))
      ->Queue();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Decoder", Decoder::Define(env));
  exports.Set("liblzmaVersion", Napi::String::New(env, lzma_version_string()));
  return exports;
}

}  // namespace

NODE_API_MODULE(decoders, Init)
