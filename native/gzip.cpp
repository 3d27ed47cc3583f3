// The zlib inside Node, which exports it for addons.
#include <zlib.h>

#include <new>

#include "codec.h"

namespace {

constexpr int kGzipOnly = 16;

// gzip members (RFC 1952): after the end of one, the next input begins another.
class Gzip : public Codec {
 public:
  Gzip() {
    if (inflateInit2(&stream_, kGzipOnly + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }

  Status Decode(Buffers& buffers) override {
    if (ended_ && buffers.input_bytes > 0) {
      inflateReset(&stream_);
      ended_ = false;
    }
    // The caller's arrays are chunks: far below 4 GiB.
    stream_.next_in = const_cast<Bytef*>(buffers.input);
    stream_.avail_in = static_cast<uInt>(buffers.input_bytes);
    stream_.next_out = buffers.output;
    stream_.avail_out = static_cast<uInt>(buffers.output_bytes);
    const int ret = ended_ ? Z_STREAM_END : inflate(&stream_, Z_NO_FLUSH);
    buffers = {stream_.next_in, stream_.avail_in, stream_.next_out, stream_.avail_out};
    switch (ret) {
      case Z_OK:
      case Z_BUF_ERROR:
        return Status::kOk;
      case Z_STREAM_END:
        ended_ = true;
        return Status::kEnded;
      case Z_MEM_ERROR:
        return Status::kMemory;
      default:
        return Status::kDamaged;
    }
  }

  std::string Message() const override { return stream_.msg == nullptr ? "" : stream_.msg; }

 private:
  z_stream stream_ = {};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Codec> MakeGzip() { return std::make_unique<Gzip>(); }
