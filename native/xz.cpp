#include <lzma.h>

#include <new>

#include "codec.h"

namespace {

// One .xz stream, of any filters and checks.
class Xz : public Codec {
 public:
  explicit Xz(uint64_t memory_limit_bytes) {
    if (lzma_stream_decoder(&stream_, memory_limit_bytes, 0) != LZMA_OK) throw std::bad_alloc();
  }
  ~Xz() override { lzma_end(&stream_); }

  Status Decode(Buffers& buffers) override {
    stream_.next_in = buffers.input;
    stream_.avail_in = buffers.input_bytes;
    stream_.next_out = buffers.output;
    stream_.avail_out = buffers.output_bytes;
    lzma_ret ret;
    do {
      ret = lzma_code(&stream_, LZMA_RUN);
    } while (ret == LZMA_OK && stream_.avail_in > 0 && stream_.avail_out > 0);
    buffers = {stream_.next_in, stream_.avail_in, stream_.next_out, stream_.avail_out};
    switch (ret) {
      case LZMA_OK:
        return Status::kOk;
      case LZMA_STREAM_END:
        return Status::kEnded;
      case LZMA_MEM_ERROR:
      case LZMA_MEMLIMIT_ERROR:
        return Status::kMemory;
      case LZMA_OPTIONS_ERROR:
        return Status::kUnsupported;
      default:
        return Status::kDamaged;
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Codec> MakeXz(uint64_t memory_limit_bytes) {
  return std::make_unique<Xz>(memory_limit_bytes);
}
