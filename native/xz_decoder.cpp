// liblzma's stream decoder for JavaScript, decoding straight from the caller's memory into the
// caller's memory on libuv's thread pool. No buffer is made here and no byte is copied twice.
#include <lzma.h>
#include <napi.h>

namespace {

class Decoder : public Napi::ObjectWrap<Decoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Decoder",
                       {InstanceMethod("code", &Decoder::Code), InstanceMethod("close", &Decoder::Close)});
  }

  explicit Decoder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Decoder>(info) {
    const lzma_ret ret = lzma_stream_decoder(&stream_, UINT64_MAX, 0);
    if (ret != LZMA_OK) throw Napi::Error::New(info.Env(), "liblzma has no memory");
  }

  ~Decoder() override { lzma_end(&stream_); }

 private:
  class Work;

  // code(input, output, callback): decodes until the one is used up or the other is full, then
  // calls back with (lzma_ret, bytes used, bytes made). One call at a time; both arrays stay where
  // they are meanwhile.
  void Code(const Napi::CallbackInfo& info);

  // Frees the dictionary. Nothing can be decoded any more.
  void Close(const Napi::CallbackInfo& info) {
    if (busy_) throw Napi::Error::New(info.Env(), "closed while decoding");
    lzma_end(&stream_);
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool busy_ = false;
};

class Decoder::Work : public Napi::AsyncWorker {
 public:
  Work(Decoder& decoder, Napi::Object self, Napi::Uint8Array input, Napi::Uint8Array output,
       Napi::Function callback)
      : Napi::AsyncWorker(callback, "xz"),
        decoder_(decoder),
        self_(Napi::Persistent(self)),
        input_(Napi::Persistent<Napi::Object>(input)),
        output_(Napi::Persistent<Napi::Object>(output)) {
    lzma_stream& stream = decoder.stream_;
    stream.next_in = input.Data();
    stream.avail_in = input_bytes_ = input.ByteLength();
    stream.next_out = output.Data();
    stream.avail_out = output_bytes_ = output.ByteLength();
  }

 protected:
  void Execute() override {
    lzma_stream& stream = decoder_.stream_;
    do {
      ret_ = lzma_code(&stream, LZMA_RUN);
    } while (ret_ == LZMA_OK && stream.avail_in > 0 && stream.avail_out > 0);
  }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    const lzma_stream& stream = decoder_.stream_;
    decoder_.busy_ = false;
    return {Napi::Number::New(env, ret_),
            Napi::Number::New(env, static_cast<double>(input_bytes_ - stream.avail_in)),
            Napi::Number::New(env, static_cast<double>(output_bytes_ - stream.avail_out))};
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
  size_t input_bytes_ = 0;
  size_t output_bytes_ = 0;
  lzma_ret ret_ = LZMA_OK;
};

void Decoder::Code(const Napi::CallbackInfo& info) {
  if (busy_ || stream_.internal == nullptr || !info[0].IsTypedArray() || !info[1].IsTypedArray() ||
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

NODE_API_MODULE(xz_decoder, Init)
