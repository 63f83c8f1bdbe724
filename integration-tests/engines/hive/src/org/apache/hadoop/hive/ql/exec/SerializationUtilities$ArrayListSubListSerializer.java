package org.apache.hadoop.hive.ql.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.hive.com.esotericsoftware.kryo.Kryo;
import org.apache.hive.com.esotericsoftware.kryo.Serializer;
import org.apache.hive.com.esotericsoftware.kryo.io.Input;
import org.apache.hive.com.esotericsoftware.kryo.io.Output;

/** In the place of Hive's class of this name, which needs fields that Java's lists have no more: views of lists become lists. */
class SerializationUtilities$ArrayListSubListSerializer extends Serializer<List<?>> {
  public SerializationUtilities$ArrayListSubListSerializer() {}

  @Override
  public void write(Kryo kryo, Output output, List<?> view) {
    output.writeInt(view.size(), true);
    view.forEach(element -> kryo.writeClassAndObject(output, element));
  }

  @Override
  public List<?> read(Kryo kryo, Input input, Class<List<?>> type) {
    List<Object> list = new ArrayList<>();
    kryo.reference(list);
    for (int left = input.readInt(true); left > 0; left--) {
      list.add(kryo.readClassAndObject(input));
    }
    return list;
  }
}
