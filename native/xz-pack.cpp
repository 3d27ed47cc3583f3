// Compresses small data into one .xz stream that the kernel's decoder of initramfs archives accepts:
// LZMA2 alone, with CRC32.
#include <lzma.h>

#include "addon.h"

namespace {

constexpr uint32_t kPreset = 9;

class PackXz : public Napi::AsyncWorker {
 public:
  PackXz(Napi::Uint8Array input, uint32_t dictionary_bytes, Napi::Function callback)
      : Napi::AsyncWorker(callback, "pack-xz"),
        input_(Napi::Persistent<Napi::Object>(input)),
        data_(input.Data()),
        bytes_(input.ByteLength()),
        dictionary_bytes_(dictionary_bytes) {}

 protected:
  // An exception, such as bad_alloc, becomes the callback's error.
  void Execute() override {
    lzma_options_lzma options;
    lzma_lzma_preset(&options, kPreset);
    options.dict_size = dictionary_bytes_;
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    packed_.resize(lzma_stream_buffer_bound(bytes_));
    size_t packed_bytes = 0;
    const lzma_ret ret =
        lzma_stream_buffer_encode(const_cast<lzma_filter*>(filters), LZMA_CHECK_CRC32, nullptr, data_,
                                  bytes_, packed_.data(), &packed_bytes, packed_.size());
    if (ret != LZMA_OK) SetError("liblzma: error " + std::to_string(ret));
    packed_.resize(packed_bytes);
  }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    // Without a copy: Node frees it.
    auto* held = new std::vector<uint8_t>(std::move(packed_));
    const auto free = [](Napi::Env, uint8_t*, std::vector<uint8_t>* bytes) { delete bytes; };
    return {env.Null(), Napi::Buffer<uint8_t>::New(env, held->data(), held->size(), free, held)};
  }

 private:
  // Keeps alive what the thread works on.
  Napi::ObjectReference input_;
  const uint8_t* const data_;
  const size_t bytes_;
  const uint32_t dictionary_bytes_;
  std::vector<uint8_t> packed_;
};

// packXz(input, dictionaryBytes, callback): calls back with (error or null, Buffer).
void Pack(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || !info[1].IsNumber() || !info[2].IsFunction())
    throw Napi::TypeError::New(info.Env(), "packXz(input, dictionaryBytes, callback)");
  auto* work = new PackXz(info[0].As<Napi::Uint8Array>(), info[1].ToNumber().Uint32Value(),
                          info[2].As<Napi::Function>());
  work->Queue();
}

}  // namespace

Napi::Function DefinePackXz(Napi::Env env) { return Napi::Function::New(env, Pack, "packXz"); }
