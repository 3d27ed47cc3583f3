// Compresses small data into one .xz stream that the kernel's decoder of initramfs archives accepts:
// LZMA2 alone, with CRC32.
#include <lzma.h>

#include <cstdlib>
#include <memory>

#include "addon.h"

namespace {

constexpr uint32_t kPreset = 9;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

class PackXz : public Napi::AsyncWorker {
 public:
  PackXz(Napi::Array inputs, uint32_t dictionary_bytes, Napi::Function callback)
      : Napi::AsyncWorker(callback, "pack-xz"),
        inputs_(Napi::Persistent<Napi::Object>(inputs)),
        memory_(MemoryOf(inputs)),
        dictionary_bytes_(dictionary_bytes) {}

 protected:
  void Execute() override {
    lzma_options_lzma options;
    lzma_lzma_preset(&options, kPreset);
    options.dict_size = dictionary_bytes_;
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    size_t bytes = 0;
    for (const Memory& one : memory_) bytes += one.bytes;
    // The bound is that of another function of liblzma. What is not written to takes no memory.
    const size_t room = lzma_stream_buffer_bound(bytes) + bytes / 1024 + 65536;
    packed_.reset(static_cast<uint8_t*>(std::malloc(room)));
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret ret = packed_ ? lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC32) : LZMA_MEM_ERROR;
    stream.next_out = packed_.get();
    stream.avail_out = room;
    for (const Memory& one : memory_) {
      stream.next_in = one.data;
      stream.avail_in = one.bytes;
      while (ret == LZMA_OK && stream.avail_in > 0) ret = lzma_code(&stream, LZMA_RUN);
    }
    while (ret == LZMA_OK) ret = lzma_code(&stream, LZMA_FINISH);
    packed_bytes_ = stream.total_out;
    lzma_end(&stream);
    if (ret != LZMA_STREAM_END) SetError("liblzma: error " + std::to_string(ret));
    // Gives back what is not needed.
    else if (void* less = std::realloc(packed_.get(), packed_bytes_)) {
      packed_.release();
      packed_.reset(static_cast<uint8_t*>(less));
    }
  }

  std::vector<napi_value> GetResult(Napi::Env env) override {
    // Without a copy: Node frees it.
    const auto free = [](Napi::Env, uint8_t* memory) { std::free(memory); };
    uint8_t* packed = packed_.release();
    return {env.Null(), Napi::Buffer<uint8_t>::New(env, packed, packed_bytes_, free)};
  }

 private:
  // Keeps alive what the thread works on.
  Napi::ObjectReference inputs_;
  const std::vector<Memory> memory_;
  const uint32_t dictionary_bytes_;
  std::unique_ptr<uint8_t, Free> packed_;
  size_t packed_bytes_ = 0;
};

// packXz(inputs, dictionaryBytes, callback): calls back with (error or null, Buffer).
void Pack(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray() || !info[1].IsNumber() || !info[2].IsFunction())
    throw Napi::TypeError::New(info.Env(), "packXz(inputs, dictionaryBytes, callback)");
  auto* work = new PackXz(info[0].As<Napi::Array>(), info[1].ToNumber().Uint32Value(),
                          info[2].As<Napi::Function>());
  work->Queue();
}

}  // namespace

Napi::Function DefinePackXz(Napi::Env env) { return Napi::Function::New(env, Pack, "packXz"); }
